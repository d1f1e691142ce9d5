//go:build unix

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/internal/tak"
)

// answer is what the server says of itself.
type answer struct {
	CPU        time.Duration
	Resident   int64
	Goroutines int
	Handles    int
	Kept       uint64
	Stats      tak.Stats
}

// serve is the server's process: it prints its address, and answers every line
// of its input with a line, until that ends.
func serve(dir string, secure bool) error {
	j, err := journal.Open(context.Background(), journal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer j.Close()
	ctx, end := context.WithCancel(context.Background())
	var work sync.WaitGroup
	defer work.Wait()
	defer end()
	present := picture.New(picture.Options{Journal: j})
	work.Go(func() { _ = present.Run(ctx) })
	s, err := tak.New(tak.Options{UID: "bench", Sink: present, Release: present.Release, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	door := tak.Door{}
	if secure {
		if door, err = secureDoor(dir + ".pem"); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	work.Go(func() { _ = s.Run(ctx) })
	work.Go(func() { _ = s.Serve(ctx, l, door) })
	fmt.Println(l.Addr())
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		if err := json.NewEncoder(os.Stdout).Encode(about(s, present)); err != nil {
			return err
		}
	}
	return in.Err()
}

func about(s *tak.Server, p *picture.Picture) answer {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return answer{
		CPU:      time.Duration(u.Utime.Nano() + u.Stime.Nano()),
		Resident: resident(), Goroutines: runtime.NumGoroutine(), Handles: handles(),
		Kept: p.Stats().Kept, Stats: s.Stats(),
	}
}

// resident is the memory of this process, where the system tells; else 0.
func resident() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	var all, pages int64
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(b), &all, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// handles counts the open files of this process, where the system tells.
func handles() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(all)
}

// server is the server's process, seen from outside.
type server struct {
	addr string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	dir  string
	tls  *tls.Config // nil for plain TCP
}

func startServer(dir string, secure bool) (*server, error) {
	dir, err := os.MkdirTemp(dir, "relay-*")
	if err != nil {
		return nil, err
	}
	journal := filepath.Join(dir, "journal")
	cmd := exec.Command(os.Args[0], "-server", "-dir", journal, fmt.Sprint("-tls=", secure))
	cmd.Stderr = os.Stderr
	s := &server{cmd: cmd, dir: dir}
	out, err := cmd.StdoutPipe()
	if err == nil {
		s.in, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	s.addr, err = s.out.ReadString('\n')
	s.addr = strings.TrimSpace(s.addr)
	if secure && err == nil {
		s.tls, err = clientConfig(journal + ".pem")
	}
	return s, err
}

func (s *server) dial() (net.Conn, error) {
	if s.tls != nil {
		return tls.Dial("tcp", s.addr, s.tls)
	}
	return net.Dial("tcp", s.addr)
}

func (s *server) ask() (a answer, err error) {
	if _, err := fmt.Fprintln(s.in); err != nil {
		return a, err
	}
	b, err := s.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	return a, err
}

func (s *server) stop() {
	s.in.Close()
	_ = s.cmd.Wait()
	os.RemoveAll(s.dir)
}
