package iceberg

import (
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
)

// applyToKeys changes the declared keys.
func (e *evolution) applyToKeys(step catalog.Alteration) error {
	switch s := step.(type) {
	case catalog.AddKey:
		return e.addKey(s.Key)
	case catalog.DropKey:
		at, err := e.key(s.Name)
		if err != nil {
			return err
		}
		e.keys = slices.Delete(e.keys, at, at+1)
	case catalog.RenameKey:
		at, err := e.key(s.Name)
		if err != nil {
			return err
		}
		if _, err := e.key(s.To); err == nil {
			return e.fault("42710", "constraint already exists: %q", s.To)
		}
		e.keys[at].Name = s.To
	case catalog.FollowTable:
		for i := range e.keys {
			if e.keys[i].Kind == catalog.ForeignKey && e.keys[i].References == s.From {
				e.keys[i].References = s.To
			}
		}
	case catalog.FollowColumn:
		for i, k := range e.keys {
			if k.Kind == catalog.ForeignKey && k.References == s.Table {
				e.keys[i].RefColumns = renamed(k.RefColumns, s.From, s.To)
			}
		}
	}
	return nil
}

func (e *evolution) key(name string) (int, error) {
	if i := slices.IndexFunc(e.keys, func(k catalog.Key) bool { return k.Name == name }); i >= 0 {
		return i, nil
	}
	return -1, e.fault("42704", "constraint does not exist: %q", name)
}

func (e *evolution) addKey(key catalog.Key) error {
	if _, err := e.key(key.Name); err == nil {
		return e.fault("42710", "constraint already exists: %q", key.Name)
	}
	for _, k := range e.keys {
		if k.Kind == catalog.PrimaryKey && key.Kind == catalog.PrimaryKey {
			return e.fault("42P16", "multiple primary keys are not allowed")
		}
	}
	for _, column := range key.Columns {
		if _, err := e.column(column); err != nil {
			return err
		}
	}
	e.keys = append(e.keys, key)
	return nil
}
