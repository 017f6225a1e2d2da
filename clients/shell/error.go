package shell

import (
	"encoding/json"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

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

func jsonString(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(quoted)
}
