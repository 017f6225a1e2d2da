package session

import (
	"maps"
	"time"
	_ "time/tzdata" // SET timezone must work on machines without a zone database

	"github.com/mediaflight/mediaflight/catalog"
)

// Values are a session's settings at one moment. They never change: Set makes new ones.
type Values struct {
	ApplicationName  string
	Schema           string
	Location         *time.Location
	StatementTimeout time.Duration // 0 for none
	MemoryLimit      int64         // 0 for the server's
	TargetRecall     float64       // of searches by a vector index
	ExactSearch      bool          // vector indexes are not used
	Notices          bool          // the client wants to hear them
	Endpoints        int           // parts into which unordered results are cut, for clients that read several at once

	text map[string]string // canonical text of the settings that were set, by name
}

// Defaults are the values of a client without a session.
var Defaults = &Values{Schema: catalog.DefaultSchema, Location: time.UTC, TargetRecall: 0.95, Notices: true, Endpoints: 1}

// Recall is what searches for nearest rows are to reach; 0 is an exact answer.
func (v *Values) Recall() float64 {
	if v.ExactSearch {
		return 0
	}
	return v.TargetRecall
}

// Set returns the values with one setting changed.
func (v *Values) Set(name, text string) (*Values, error) {
	s, err := find(name)
	if err != nil {
		return nil, err
	}
	if s.apply == nil {
		return nil, &Error{State: "55P02", Msg: "parameter cannot be changed: " + s.Name}
	}
	next := *v
	canonical, err := s.apply(&next, text)
	if err != nil {
		return nil, inSetting(err, s.Name)
	}
	next.text = maps.Clone(v.text)
	if next.text == nil {
		next.text = map[string]string{}
	}
	next.text[s.Name] = canonical
	return &next, nil
}

// Reset returns the values with one setting at its default again.
func (v *Values) Reset(name string) (*Values, error) {
	s, err := find(name)
	if err != nil {
		return nil, err
	}
	if _, changed := v.text[s.Name]; !changed {
		return v, nil
	}
	next, err := v.Set(name, s.Default)
	if err != nil {
		return nil, err
	}
	delete(next.text, s.Name)
	return next, nil
}

// Get is a setting's text.
func (v *Values) Get(name string) (string, error) {
	s, err := find(name)
	if err != nil {
		return "", err
	}
	if text, ok := v.text[s.Name]; ok {
		return text, nil
	}
	return s.Default, nil
}

// Changed are the settings that were set, by name.
func (v *Values) Changed() map[string]string { return maps.Clone(v.text) }
