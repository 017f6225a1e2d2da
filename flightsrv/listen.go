package flightsrv

import (
	"fmt"
	"log/slog"
	"net"
	"sync"
)

// Listen opens the address that a server is to answer on. One that other machines can reach is refused while the server
// has neither TLS nor authentication, unless exposed asks for it.
func Listen(address string, encrypted, authenticated, exposed bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	if !exposed && !(encrypted && authenticated) && !isLoopback(host) {
		return nil, &Error{State: invalidParameter,
			Msg:  fmt.Sprintf("refusing to listen on %s: other machines reach it, and the server has no TLS and authentication", address),
			Hint: "listen on localhost, or ask for an open server by name"}
	}
	return net.Listen("tcp", address)
}

// isLoopback tells whether only this machine reaches a host. A name must resolve to loopback addresses alone.
func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	if host == "" {
		return false
	}
	ips, err := net.LookupIP(host)
	if err != nil || len(ips) == 0 {
		return false
	}
	for _, ip := range ips {
		if !ip.IsLoopback() {
			return false
		}
	}
	return true
}

// tlsHandshake is the first byte that a TLS client sends. Clients of HTTP/2 in plaintext begin with "PRI".
const tlsHandshake = 0x16

// watch logs clients that speak TLS to a plaintext server or the other way round: JDBC does unless told otherwise, and all
// that its user sees is a timeout.
func (s *Server) watch(l net.Listener) net.Listener {
	return &watchedListener{Listener: l, server: s}
}

type watchedListener struct {
	net.Listener
	server *Server
}

func (l *watchedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	unpaced(c)
	return &watchedConn{Conn: c, server: l.server}, nil
}

type watchedConn struct {
	net.Conn
	server *Server
	once   sync.Once
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.once.Do(func() { c.server.inspect(p[0], c.RemoteAddr()) })
	}
	return n, err
}

func (s *Server) inspect(first byte, from net.Addr) {
	switch tls := first == tlsHandshake; {
	case tls && s.config.TLS == nil:
		s.log.Warn("client speaks TLS to a plaintext server", slog.String("client", from.String()),
			slog.String("hint", "use grpc:// or grpc+tcp://; in a JDBC URL, useEncryption=false"))
	case !tls && s.config.TLS != nil:
		s.log.Warn("client speaks plaintext to a TLS server", slog.String("client", from.String()),
			slog.String("hint", "use grpc+tls://; in a JDBC URL, useEncryption=true"))
	}
}
