//go:build !linux

package flightsrv

import "net"

// unpaced has nothing to do: only Linux lets a connection choose its congestion control.
func unpaced(net.Conn) {}
