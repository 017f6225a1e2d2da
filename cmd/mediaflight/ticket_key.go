package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ticketKeyBytes is how long the key is that signs tickets.
const ticketKeyBytes = 32

// ticketKey is the key of a data folder, made by the first server that opens it: all of the folder's servers, one after the
// other or at once, read each other's tickets. Without the right to keep one, a server has its own.
func ticketKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, "ticket.key")
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeTicketKey(path); err == nil || errors.Is(err, fs.ErrExist) {
			key, err = os.ReadFile(path)
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("key of tickets: %w", err)
	}
	if len(key) != ticketKeyBytes {
		return nil, fmt.Errorf("key of tickets: %s has %d bytes, not %d: remove it, and a new one is made", path, len(key), ticketKeyBytes)
	}
	return key, nil
}

// makeTicketKey writes a new key that only the server's user reads. It takes its name once it is whole, unless another server
// was faster.
func makeTicketKey(path string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".ticket-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	key := make([]byte, ticketKeyBytes)
	rand.Read(key)
	_, err = temp.Write(key)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Link(temp.Name(), path)
}
