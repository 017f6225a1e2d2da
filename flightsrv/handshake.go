package flightsrv

import (
	"crypto/rand"
	"errors"
	"io"
	"strings"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Handshake greets any client: it may name a user by Basic authentication in the header or in the message, bring a token,
// or nothing. It gets a token to send with each call, by which its session is found. The token goes out in header and
// trailer, because drivers look in one or the other.
func (s *Server) Handshake(stream pb.FlightService_HandshakeServer) error {
	md, _ := metadata.FromIncomingContext(stream.Context())
	token := requestOf(stream.Context()).client.Token
	if token == "" {
		token = rand.Text()
	}
	if err := checkAuthorization(md.Get("authorization")); err != nil {
		return err
	}
	header := metadata.Pairs("authorization", "Bearer "+token)
	if err := stream.SendHeader(header); err != nil {
		return err
	}
	grpc.SetTrailer(stream.Context(), header)
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&pb.HandshakeResponse{ProtocolVersion: m.ProtocolVersion, Payload: []byte(token)}); err != nil {
			return err
		}
	}
}

// checkAuthorization holds Authorization headers to the schemes that are known.
func checkAuthorization(headers []string) error {
	for _, text := range headers {
		if _, ok := bearer(text); ok {
			continue
		}
		if _, ok := basicUser(text); ok || strings.TrimSpace(text) == "" {
			continue
		}
		return &Error{State: "28000", Msg: "authorization header not understood", Hint: "send Basic with user and password, or Bearer with a token"}
	}
	return nil
}
