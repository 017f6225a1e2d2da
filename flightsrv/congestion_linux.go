package flightsrv

import (
	"net"

	"golang.org/x/sys/unix"
)

// unpaced has a connection within this machine send as fast as its client reads. Where the machine's congestion control
// is BBR, it would be paced by timers, which finds no congestion to avoid here and took a fifth of a stream's CPU time.
// Reno, which every Linux allows, paces nothing.
func unpaced(c net.Conn) {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	if to, ok := t.RemoteAddr().(*net.TCPAddr); !ok || !to.IP.IsLoopback() {
		return
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return
	}
	// A connection that keeps its pace works as well.
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "reno")
	})
}
