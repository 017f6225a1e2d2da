package flightsrv

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/flightsrv/session"
)

// catalog is what the session of a call sees: the server's catalog, with the session's temporary tables in front.
func (s *Server) catalog(ctx context.Context) catalog.Catalog {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return s.catalogOf(r.session)
	}
	return s.config.Catalog
}

// catalogOf is what a session sees, which is nil for a client that has none.
func (s *Server) catalogOf(one *session.Session) catalog.Catalog {
	tables := one.Temporary()
	if tables == nil {
		return s.config.Catalog
	}
	if layered, ok := s.config.Catalog.(catalog.Layered); ok {
		return layered.Over(tables.Over)
	}
	return tables.Over(s.config.Catalog)
}

// allowTemporary makes room for temporary tables in the client's session, which it begins if there is none.
func (s *Server) allowTemporary(ctx context.Context, r *request) error {
	if err := s.change(ctx, r, func(v *session.Values) (*session.Values, error) { return v, nil }); err != nil {
		return err
	}
	r.session.AllowTemporary(s.config.TemporaryLimit)
	return nil
}

// hasTemporary tells whether a client's session has temporary tables: names may then mean them.
func (r *request) hasTemporary() bool {
	tables := r.session.Temporary()
	return tables != nil && tables.Any()
}

// ticketCatalog is what the session sees that a ticket is from, if it has temporary tables. They are gone once it has ended.
func (s *Server) ticketCatalog(t *ticket) (catalog.Catalog, error) {
	if t.session == "" {
		return s.config.Catalog, nil
	}
	one := s.sessions.Find(session.Client{Principal: t.principal, Cookie: t.session})
	if one == nil {
		return nil, &Error{State: "42P01", Msg: "the temporary tables that the ticket is about are gone: their session has ended"}
	}
	return s.catalogOf(one), nil
}
