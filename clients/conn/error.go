package conn

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Message is an error's text as the server wrote it, without gRPC's wrapping.
func Message(err error) string {
	if s, ok := flightStatus(err); ok {
		return s
	}
	return "ERROR: " + err.Error()
}

// flightStatus is the text of an error that a server sent, or that its absence caused.
func flightStatus(err error) (string, bool) {
	s, ok := status.FromError(err)
	if !ok {
		return "", false
	}
	if s.Code() == codes.Unavailable {
		return "ERROR: the server cannot be reached: " + s.Message(), true
	}
	return s.Message(), true
}
