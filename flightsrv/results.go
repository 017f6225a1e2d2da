package flightsrv

import (
	"container/list"
	"crypto/rand"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec"
)

// results keeps what statements have answered that ran before their rows were asked for, and that is too much for a ticket:
// the rows of a change with RETURNING. They are there for resultsLast, and the oldest give way to others when they take
// more than the limit.
type results struct {
	limit int64

	mu     sync.Mutex
	byID   map[string]*list.Element
	recent list.List // of *keptResult, the newest first
	bytes  int64
}

type keptResult struct {
	id    string
	batch arrow.RecordBatch
	bytes int64
}

// resultsLast is how long rows can be fetched after a statement has run.
const resultsLast = 10 * time.Minute

// maxTicketResult is how large a result may be to travel in its ticket.
const maxTicketResult = 64 << 10

// keep takes a result and returns its id.
func (s *results) keep(batch arrow.RecordBatch) string {
	batch.Retain()
	r := &keptResult{id: rand.Text(), batch: batch, bytes: batchBytes(batch)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*list.Element{}
	}
	s.byID[r.id] = s.recent.PushFront(r)
	s.bytes += r.bytes
	for oldest := s.recent.Back(); s.bytes > s.limit && oldest != s.recent.Front(); oldest = s.recent.Back() {
		s.drop(oldest)
	}
	time.AfterFunc(resultsLast, func() { s.forget(r.id) })
	return r.id
}

// forget lets go of a result, if it is still there.
func (s *results) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.byID[id]; ok {
		s.drop(e)
	}
}

func (s *results) drop(e *list.Element) {
	r := s.recent.Remove(e).(*keptResult)
	delete(s.byID, r.id)
	s.bytes -= r.bytes
	r.batch.Release()
}

// find is the rows of a result.
func (s *results) find(id string) (rows, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byID[id]
	if !ok {
		return rows{}, &Error{State: "55000", Msg: "the rows that the statement returned are no longer kept; what it changed is changed"}
	}
	batch := e.Value.(*keptResult).batch
	batch.Retain()
	var batches exec.Batches = func(yield func(arrow.RecordBatch, error) bool) {
		defer batch.Release()
		yield(batch, nil)
	}
	return rows{schema: batch.Schema(), batches: batches}, nil
}

// clear lets go of all results.
func (s *results) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := s.recent.Front(); e != nil; e = s.recent.Front() {
		s.drop(e)
	}
}
