//go:build !linux

package tak

import (
	"net"
	"time"
)

// giveUp does nothing: this system gives up a connection when it thinks fit.
func giveUp(*net.TCPConn, time.Duration) error { return nil }
