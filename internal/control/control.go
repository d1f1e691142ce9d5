// Package control lets commands be done by the process that has the data folder
// open.
//
// Serve listens on a socket in the folder, that only the folder's owner can
// open; Do sends it a command's arguments and what stands on its standard input,
// and gets back what the command prints, the files that it makes, and its exit
// code. The files are made by who asked, with his rights, not by the server.
//
// On the wire are lines of JSON: a Call, then its parts.
package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Name is that of the socket within the folder.
const Name = "control.sock"

// The bounds of a call, and how long it may take to be read.
const (
	MaxCall  = 1 << 20 // bytes, with what stands on standard input
	maxPart  = 64 << 10
	readTime = 10 * time.Second
	maxCalls = 8 // at a time
)

// ErrNobody says that no process serves the folder.
var ErrNobody = errors.New("no server has the folder open")

// Call is a command to be done.
type Call struct {
	Args  []string `json:"args"`
	Input []byte   `json:"input,omitempty"`
}

// Streams are where a command writes.
type Streams struct {
	Out, Err io.Writer
	// Create begins a file of who asked.
	Create func(path string) (File, error)
}

// File is there once it is committed, and not at all when it is discarded;
// to discard one that was committed does nothing.
type File interface {
	io.Writer
	Commit() error
	Discard()
}

// part is a piece of what a command gives back.
type part struct {
	Out     []byte `json:"out,omitempty"`
	Err     []byte `json:"err,omitempty"`
	File    string `json:"file,omitempty"` // begin it, or write Data to it
	Data    []byte `json:"data,omitempty"`
	Commit  bool   `json:"commit,omitempty"` // the file
	Discard bool   `json:"discard,omitempty"`
	Exit    *int   `json:"exit,omitempty"` // the last part
}

// Serve does calls for the owner of the folder, until ctx ends. do gives the
// exit code.
func Serve(ctx context.Context, dir string, do func(ctx context.Context, call Call, s Streams) int) error {
	path := filepath.Join(dir, Name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a process that was killed: the caller has the folder's lock
		return fmt.Errorf("listen for commands: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listen for commands: %w; a socket's path may have about 100 bytes: give a shorter folder", err)
	}
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("listen for commands: %w", err), ln.Close())
	}
	var group sync.WaitGroup
	defer group.Wait()
	places := make(chan struct{}, maxCalls)
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("listen for commands: %w", err)
		}
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			answer(ctx, conn, do)
		})
	}
}

// answer does one call. Who asked may be gone: then there is nobody to tell.
func answer(ctx context.Context, conn net.Conn, do func(context.Context, Call, Streams) int) {
	_ = conn.SetReadDeadline(time.Now().Add(readTime))
	var call Call
	dec := json.NewDecoder(io.LimitReader(conn, 2*MaxCall)) // input is in base64
	dec.DisallowUnknownFields()
	w := &parts{enc: json.NewEncoder(conn)}
	code := 1
	if err := dec.Decode(&call); err != nil {
		_ = w.send(part{Err: fmt.Appendf(nil, "vedette: the server cannot read the command: %v\n", err)})
	} else {
		code = do(ctx, call, Streams{
			Out:    writer(func(p []byte) error { return w.send(part{Out: p}) }),
			Err:    writer(func(p []byte) error { return w.send(part{Err: p}) }),
			Create: w.create,
		})
	}
	_ = w.send(part{Exit: &code})
}

// parts sends them one at a time.
type parts struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (w *parts) send(p part) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.enc.Encode(p)
}

func (w *parts) create(path string) (File, error) {
	return &file{w: w, path: path}, w.send(part{File: path})
}

// writer sends what is written in pieces.
type writer func(p []byte) error

func (w writer) Write(p []byte) (int, error) {
	for n := 0; n < len(p); n += maxPart {
		if err := w(p[n:min(n+maxPart, len(p))]); err != nil {
			return n, err
		}
	}
	return len(p), nil
}

// file is one that who asked writes.
type file struct {
	w    *parts
	path string
	done bool
}

func (f *file) Write(p []byte) (int, error) {
	return writer(func(p []byte) error { return f.w.send(part{File: f.path, Data: p}) }).Write(p)
}

func (f *file) Commit() error {
	f.done = true
	return f.w.send(part{File: f.path, Commit: true})
}

func (f *file) Discard() {
	if !f.done {
		f.done = true
		_ = f.w.send(part{File: f.path, Discard: true}) // who does not hear it discards the file too
	}
}

// Do has a call done by the process that serves the folder. ErrNobody says that
// none does.
func Do(ctx context.Context, dir string, call Call, s Streams) (code int, err error) {
	conn, err := net.Dial("unix", filepath.Join(dir, Name))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := json.NewEncoder(conn).Encode(call); err != nil {
		return 0, fmt.Errorf("send the command to the server: %w", err)
	}
	r := receiver{Streams: s, open: map[string]File{}}
	code, err = r.receive(json.NewDecoder(bufio.NewReader(conn)))
	for _, f := range r.open { // the server ended before they were whole
		f.Discard()
	}
	return code, err
}

type receiver struct {
	Streams
	open map[string]File
}

func (r *receiver) receive(dec *json.Decoder) (int, error) {
	for {
		var p part
		if err := dec.Decode(&p); err != nil {
			return 0, fmt.Errorf("the server ended before the command did: %w", err)
		}
		if p.Exit != nil {
			return *p.Exit, nil
		}
		if err := r.take(p); err != nil {
			return 0, err
		}
	}
}

func (r *receiver) take(p part) error {
	if p.File != "" {
		return r.file(p)
	}
	_, err := r.Out.Write(p.Out)
	if err == nil {
		_, err = r.Err.Write(p.Err)
	}
	return err
}

func (r *receiver) file(p part) error {
	f := r.open[p.File]
	if f == nil {
		f, err := r.Create(p.File)
		if err != nil {
			return err
		}
		r.open[p.File] = f
		return nil
	}
	if p.Commit || p.Discard {
		delete(r.open, p.File)
	}
	switch {
	case p.Commit:
		return f.Commit()
	case p.Discard:
		f.Discard()
		return nil
	}
	_, err := f.Write(p.Data)
	return err
}
