package flightsrv

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/udf"
)

// A ticket holds everything that DoGet needs: it may be read again, later, on another connection, by another server that
// has the same key and catalog, and gives the same rows. It is either a plan, which pins the snapshots that it reads, or
// the result of a statement that has run already. A large result stays with the server instead, for a while.
//
// It is signed because it is run without a look at what it says: a plan could name tables that SQL would not reach.
type ticket struct {
	query     string // id of the query that the ticket came from
	principal string
	sql       string // for the list of running queries, cut

	plan    []byte
	params  []byte // rows of parameters as an IPC stream; nil for none
	ordered bool
	part    exec.CutPart // what of the plan's rows the ticket is for; nil for all

	result []byte // an IPC stream, instead of a plan
	kept   string // the id of a result that this server keeps, instead of either

	expires time.Time // zero for a ticket that says nothing about that
	session string    // whose temporary tables the plan may read; empty if it had none

	// What the statement sees of its session.
	now          time.Time
	zone, schema string
	seed         uint64
	memory       int64
	timeout      time.Duration
}

// ticketMagic begins a ticket, so that other bytes can be taken for SQL. It is not UTF-8, so SQL never begins with it.
const ticketMagic = "\xffmf1"

const signatureBytes = 16

// Fields of a ticket.
const (
	ticketQuery protowire.Number = iota + 1
	ticketPrincipal
	ticketSQL
	ticketPlan
	ticketParams
	ticketOrdered
	ticketResult
	ticketNow
	ticketZone
	ticketSchema
	ticketSeed
	ticketMemory
	ticketTimeout
	ticketKept
	ticketSession
	ticketPart
	ticketExpires
)

// encode is the ticket's bytes, signed with the key.
func (t *ticket) encode(key []byte) []byte {
	b := make([]byte, len(ticketMagic)+signatureBytes, 256+len(t.plan)+len(t.params)+len(t.result))
	copy(b, ticketMagic)
	text := func(field protowire.Number, v string) {
		if v != "" {
			b = protowire.AppendTag(b, field, protowire.BytesType)
			b = protowire.AppendString(b, v)
		}
	}
	data := func(field protowire.Number, v []byte) {
		if v != nil {
			b = protowire.AppendTag(b, field, protowire.BytesType)
			b = protowire.AppendBytes(b, v)
		}
	}
	number := func(field protowire.Number, v uint64) {
		if v != 0 {
			b = protowire.AppendTag(b, field, protowire.VarintType)
			b = protowire.AppendVarint(b, v)
		}
	}
	text(ticketQuery, t.query)
	text(ticketPrincipal, t.principal)
	text(ticketSQL, t.sql)
	data(ticketPlan, t.plan)
	data(ticketParams, t.params)
	number(ticketOrdered, protowire.EncodeBool(t.ordered))
	data(ticketResult, t.result)
	text(ticketKept, t.kept)
	number(ticketNow, uint64(t.now.UnixNano()))
	text(ticketZone, t.zone)
	text(ticketSchema, t.schema)
	number(ticketSeed, t.seed)
	number(ticketMemory, uint64(t.memory))
	number(ticketTimeout, uint64(t.timeout))
	text(ticketSession, t.session)
	if t.part != nil {
		data(ticketPart, encodePart(t.part))
	}
	if !t.expires.IsZero() {
		number(ticketExpires, uint64(t.expires.UnixNano()))
	}
	signature := sign(key, b[len(ticketMagic)+signatureBytes:])
	copy(b[len(ticketMagic):], signature[:signatureBytes])
	return b
}

func sign(key, payload []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(payload)
	return mac.Sum(nil)
}

// isTicket tells tickets from SQL text and from bytes that are neither.
func isTicket(b []byte) bool { return bytes.HasPrefix(b, []byte(ticketMagic)) }

// isSQL tells text from bytes that are none.
func isSQL(b []byte) bool { return len(b) > 0 && utf8.Valid(b) && !bytes.ContainsRune(b, 0) }

// decodeTicket reads a ticket that was signed with the key.
func decodeTicket(key, b []byte) (*ticket, error) {
	if !isTicket(b) || len(b) < len(ticketMagic)+signatureBytes {
		return nil, &Error{State: protocolViolation, Msg: "not a ticket of this server"}
	}
	signature, payload := b[len(ticketMagic):len(ticketMagic)+signatureBytes], b[len(ticketMagic)+signatureBytes:]
	if !hmac.Equal(signature, sign(key, payload)[:signatureBytes]) {
		return nil, &Error{State: protocolViolation, Msg: "ticket not valid: its signature is not this server's",
			Hint: "the server has restarted with another key, or the ticket came from elsewhere: call GetFlightInfo again"}
	}
	t := &ticket{}
	for len(payload) > 0 {
		field, kind, n := protowire.ConsumeTag(payload)
		if n < 0 {
			return nil, malformed("ticket", protowire.ParseError(n))
		}
		payload = payload[n:]
		var data []byte
		var number uint64
		switch kind {
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(payload)
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(payload)
		default:
			n = protowire.ConsumeFieldValue(field, kind, payload)
		}
		if n < 0 {
			return nil, malformed("ticket", protowire.ParseError(n))
		}
		payload = payload[n:]
		t.set(field, data, number)
	}
	if t.plan == nil && t.result == nil && t.kept == "" || t.plan != nil && t.result != nil {
		return nil, &Error{State: protocolViolation, Msg: "malformed ticket: it holds neither a plan nor a result"}
	}
	return t, nil
}

func (t *ticket) set(field protowire.Number, data []byte, number uint64) {
	switch field {
	case ticketQuery:
		t.query = string(data)
	case ticketPrincipal:
		t.principal = string(data)
	case ticketSQL:
		t.sql = string(data)
	case ticketPlan:
		t.plan = data
	case ticketParams:
		t.params = data
	case ticketOrdered:
		t.ordered = number != 0
	case ticketResult:
		t.result = data
	case ticketNow:
		t.now = time.Unix(0, int64(number))
	case ticketZone:
		t.zone = string(data)
	case ticketSchema:
		t.schema = string(data)
	case ticketSeed:
		t.seed = number
	case ticketMemory:
		t.memory = int64(number)
	case ticketSession:
		t.session = string(data)
	case ticketTimeout:
		t.timeout = time.Duration(number)
	case ticketKept:
		t.kept = string(data)
	case ticketPart:
		t.part = decodePart(data)
	case ticketExpires:
		t.expires = time.Unix(0, int64(number))
	}
}

// encodePart is a part's addresses, from and to for each scan.
func encodePart(part exec.CutPart) []byte {
	b := []byte{}
	for _, r := range part {
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(r.From))
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(r.To))
	}
	return b
}

func decodePart(b []byte) exec.CutPart {
	part := exec.CutPart{}
	for len(b) > 0 {
		from, n := protowire.ConsumeVarint(b)
		if n < 0 {
			break
		}
		to, m := protowire.ConsumeVarint(b[n:])
		if m < 0 {
			break
		}
		b = b[n+m:]
		part = append(part, catalog.AddressRange{From: protowire.DecodeZigZag(from), To: protowire.DecodeZigZag(to)})
	}
	return part
}

// newTicket is a ticket of the request's statement, which sees the session as it is now.
func (r *request) newTicket(sql string) *ticket {
	v, env := r.values(), r.env()
	return &ticket{query: r.id, principal: r.client.Principal, sql: clip(sql, 200), now: env.Now, zone: env.Location.String(), schema: env.Schema,
		seed: env.Seed, memory: v.MemoryLimit, timeout: v.StatementTimeout}
}

// env is what functions see when the ticket is read.
func (t *ticket) env() (udf.Env, error) {
	v, err := session.Defaults.Set("timezone", t.zone)
	if err != nil {
		return udf.Env{}, fmt.Errorf("ticket's time zone: %w", err)
	}
	return udf.Env{Now: t.now, Location: v.Location, User: t.principal, Database: catalog.Database, Schema: t.schema, Seed: t.seed}, nil
}
