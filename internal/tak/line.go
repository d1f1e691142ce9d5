package tak

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// line is a connection that ends when it stands still: a write of which the
// other side takes no byte for stall, a read that hears none for idle.
type line struct {
	net.Conn
	stall, idle time.Duration
	heard, due  time.Time // of the one who reads
}

var (
	errStalled = errors.New("tak: the client takes nothing")
	errIdle    = errors.New("tak: the client says nothing")
)

// sendRoom is what the system holds for a client that does not read. What lies
// there can no longer give way to what is newer.
const sendRoom = 256 << 10

func newLine(conn net.Conn, limits Limits) *line {
	if tcp, ok := conn.(*net.TCPConn); ok {
		// Errors would mean that the connection is gone, which the first read tells.
		_ = tcp.SetWriteBuffer(sendRoom)
		_ = giveUp(tcp, limits.Stall*3/2) // a write that stands still is seen before
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 4})
	}
	return &line{Conn: conn, stall: limits.Stall, idle: limits.Idle, heard: time.Now()}
}

func (l *line) Read(p []byte) (int, error) {
	for {
		if now := time.Now(); !now.Before(l.due) {
			if l.due = l.heard.Add(l.idle); !now.Before(l.due) {
				return 0, errIdle
			}
			if err := l.SetReadDeadline(l.due); err != nil {
				return 0, err
			}
		}
		n, err := l.Conn.Read(p)
		if n > 0 {
			l.heard = time.Now()
		}
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
}

// looks is how often a write looks within the time of stall.
const looks = 4

func (l *line) Write(p []byte) (int, error) {
	written, last := 0, time.Now()
	for written < len(p) {
		if err := l.SetWriteDeadline(time.Now().Add(l.stall / looks)); err != nil {
			return written, err
		}
		n, err := l.Conn.Write(p[written:])
		written += n
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return written, err
		}
		now := time.Now()
		if n > 0 {
			last = now
		} else if now.Sub(last) >= l.stall {
			return written, errStalled
		}
	}
	return written, nil
}

// drop closes the connection and lets go what was not sent.
func (l *line) drop() {
	if tcp, ok := l.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	l.Close()
}

// reasonOf is the reason for a session to end with an error of its line.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, errStalled), errors.Is(err, syscall.ETIMEDOUT): // the system gave up
		return CutStalled
	case errors.Is(err, errIdle):
		return CutIdle
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return CutClosed
	}
	return CutBroken
}
