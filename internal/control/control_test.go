package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serve runs a server in a short folder until the test ends.
func serve(t *testing.T, do func(context.Context, Call, Streams) int) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "c") // t.TempDir is too long for a socket on some systems
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, dir, do) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	for range 500 {
		if st, err := os.Stat(filepath.Join(dir, Name)); err == nil && st.Mode().Perm() == 0o600 {
			return dir
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("no socket for its owner alone")
	return ""
}

// inMemory gives streams, and what was written to them.
func inMemory() (s Streams, out, errs *bytes.Buffer, files map[string]*strings.Builder) {
	out, errs, files = &bytes.Buffer{}, &bytes.Buffer{}, map[string]*strings.Builder{}
	create := func(path string) (File, error) {
		files[path] = &strings.Builder{}
		return text{files[path]}, nil
	}
	return Streams{out, errs, create}, out, errs, files
}

// text is a file in memory.
type text struct{ *strings.Builder }

func (t text) Commit() error {
	_, err := t.WriteString("|committed")
	return err
}

func (t text) Discard() { t.WriteString("|discarded") }

func TestACallIsDone(t *testing.T) {
	long := strings.Repeat("x", 3*maxPart+1)
	dir := serve(t, func(_ context.Context, call Call, s Streams) int {
		fmt.Fprintf(s.Out, "%q %s", call.Args, call.Input)
		fmt.Fprint(s.Err, "careful")
		for _, path := range []string{"out.pem", "bad.pem", "cut.pem"} {
			f, err := s.Create(path)
			if err != nil {
				t.Error(err)
			}
			fmt.Fprint(f, long)
			switch path {
			case "out.pem":
				if err := f.Commit(); err != nil {
					t.Error(err)
				}
				f.Discard()
			case "bad.pem":
				f.Discard()
			}
		}
		return 3
	})
	for range 3 {
		s, out, errs, files := inMemory()
		code, err := Do(context.Background(), dir, Call{Args: []string{"ca", "issue"}, Input: []byte("secret")}, s)
		if err != nil || code != 3 || out.String() != `["ca" "issue"] secret` || errs.String() != "careful" {
			t.Errorf("%d, %v, %s, %s", code, err, out, errs)
		}
		for path, end := range map[string]string{"out.pem": "|committed", "bad.pem": "|discarded", "cut.pem": "|discarded"} {
			if got := files[path].String(); got != long+end {
				t.Errorf("%s has %d bytes and ends with %s", path, len(got), got[len(got)-12:])
			}
		}
	}
}

func TestWithoutAServer(t *testing.T) {
	s, _, _, _ := inMemory()
	if _, err := Do(context.Background(), t.TempDir(), Call{}, s); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
}

func TestASocketOfAKilledServerIsReplaced(t *testing.T) {
	dir := serve(t, func(context.Context, Call, Streams) int { return 0 })
	path := filepath.Join(dir, Name)
	old, err := net.Listen("unix", filepath.Join(dir, "old"))
	if err != nil {
		t.Fatal(err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	old.Close() // its file stays, and nobody listens
	if _, err := Do(context.Background(), filepath.Join(dir, "elsewhere"), Call{}, Streams{}); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "old"), path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, dir, func(context.Context, Call, Streams) int { return 7 }) }()
	s, _, _, _ := inMemory()
	code := 0
	for range 500 {
		if code, err = Do(context.Background(), dir, Call{}, s); err == nil {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	cancel()
	if err := errors.Join(err, <-ended); err != nil || code != 7 {
		t.Errorf("%d, %v", code, err)
	}
}

func TestWhatIsNoCallIsAnswered(t *testing.T) {
	dir := serve(t, func(context.Context, Call, Streams) int { return 0 })
	conn, err := net.Dial("unix", filepath.Join(dir, Name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintln(conn, `{"args":["x"],"evil":true}`)
	b, err := io.ReadAll(conn)
	if err != nil || !bytes.Contains(b, []byte(`"exit":1`)) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestACallEndsWithItsServer(t *testing.T) {
	begun := make(chan struct{})
	dir, err := os.MkdirTemp("", "c")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, dir, func(ctx context.Context, _ Call, _ Streams) int {
			close(begun)
			<-ctx.Done()
			return 0
		})
	}()
	done := make(chan error, 1)
	go func() {
		s, _, _, _ := inMemory()
		var err error
		for range 500 {
			if _, err = Do(context.Background(), dir, Call{}, s); !errors.Is(err, ErrNobody) {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
		done <- err
	}()
	<-begun
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	<-done // with the exit code, or without: the call does not hang
}
