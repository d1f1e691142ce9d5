package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// freeport puts the address of a port of loopback that nobody listens on into a
// variable: freeport WEB.
func freeport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: freeport NAME")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], ln.Addr().String())
	ts.Check(ln.Close())
}

// fill writes a file again with the variables in it replaced: fill FROM TO.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill FROM TO")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600))
}

// ask sends a request over HTTP, and fails unless it is answered with success;
// with ! unless it is refused. The answer is what it prints. Until somebody
// listens it waits: ask GET http://... [file].
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] ask METHOD URL [FILE]")
	}
	var body []byte
	if len(args) > 2 {
		body = []byte(ts.ReadFile(args[2]))
	}
	res, err := patient(args[0], args[1], body)
	ts.Check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%s\n%s\n", res.Status, text)
	ts.Check(err)
	if good := res.StatusCode/100 == 2; good == neg {
		ts.Fatalf("%s %s: %s\n%s", args[0], args[1], res.Status, text)
	}
}

func patient(method, url string, body []byte) (*http.Response, error) {
	for tries := 0; ; tries++ {
		req, err := http.NewRequest(method, url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil && (res.StatusCode != http.StatusServiceUnavailable || tries == 600) {
			return res, nil
		}
		if err == nil {
			res.Body.Close()
		} else if tries == 600 || !strings.Contains(err.Error(), "refused") {
			return nil, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// say sends a text to a TCP port and reads until a word comes back from
// somebody else: say ADDRESS FILE [WORD].
func say(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: say ADDRESS FILE [WORD]")
	}
	conn, err := net.Dial("tcp", args[0])
	ts.Check(err)
	defer conn.Close()
	ts.Check(conn.SetDeadline(time.Now().Add(20 * time.Second)))
	_, err = io.WriteString(conn, ts.ReadFile(args[1]))
	ts.Check(err)
	if len(args) < 3 {
		return
	}
	var heard strings.Builder
	b := make([]byte, 4096)
	for !strings.Contains(heard.String(), args[2]) {
		n, err := conn.Read(b)
		if err != nil {
			ts.Fatalf("%q did not come: %v\n%s", args[2], err, heard.String())
		}
		heard.Write(b[:n])
	}
}
