package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// chromium is a headless Chromium with one page, driven over a pipe.
type chromium struct {
	t       *testing.T
	to      io.Writer
	session string

	mu      sync.Mutex
	last    int
	waiting map[int]chan json.RawMessage
	said    []string // errors of the console, exceptions, violations of the policy
}

// browser finds the program, or skips the test, saying so.
func browser(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("NOT RUN: a browser takes long")
	}
	for _, name := range []string{os.Getenv("VEDETTE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("NOT RUN: there is no Chromium here; install it, or name it in VEDETTE_CHROMIUM")
	return ""
}

// openBrowser starts Chromium; it ends with the test.
func openBrowser(t *testing.T, extra ...string) *chromium {
	t.Helper()
	path := browser(t)
	toRead, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, toWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{
		"--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions",
		"--remote-debugging-pipe", "--user-data-dir=" + t.TempDir(), "--window-size=1280,800",
	}, extra...)...)
	cmd.ExtraFiles = []*os.File{toRead, toWrite}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toRead.Close()
	toWrite.Close()
	c := &chromium{t: t, to: to, waiting: map[int]chan json.RawMessage{}}
	read := make(chan struct{})
	go func() { defer close(read); c.read(from) }()
	t.Cleanup(func() {
		to.Close() // it ends with its pipe
		ended := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		ended.Stop()
		from.Close()
		<-read
	})
	c.attach()
	return c
}

// attach opens a page.
func (c *chromium) attach() {
	var target struct{ TargetID string }
	c.call(&target, "Target.createTarget", map[string]any{"url": "about:blank"})
	var session struct{ SessionID string }
	c.call(&session, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	c.session = session.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		c.call(nil, domain+".enable", nil)
	}
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// read takes messages until the pipe ends.
func (c *chromium) read(from io.Reader) {
	in := bufio.NewReader(from)
	for {
		b, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimRight(b, "\x00"), &m) == nil {
			c.take(m)
		}
	}
}

func (c *chromium) take(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait := c.waiting[m.ID]; m.ID != 0 && wait != nil {
		delete(c.waiting, m.ID)
		if m.Error != nil {
			m.Result, _ = json.Marshal(map[string]any{"failed": m.Error.Message})
		}
		wait <- m.Result
		return
	}
	switch m.Method {
	case "Runtime.exceptionThrown":
		c.said = append(c.said, string(m.Params))
	case "Log.entryAdded":
		var entry struct {
			Entry struct{ Level, Text, URL string }
		}
		json.Unmarshal(m.Params, &entry)
		if entry.Entry.Level == "error" || strings.Contains(entry.Entry.Text, "Content Security Policy") {
			c.said = append(c.said, entry.Entry.Text+" "+entry.Entry.URL)
		}
	case "Runtime.consoleAPICalled":
		var called struct{ Type string }
		json.Unmarshal(m.Params, &called)
		if called.Type == "error" || called.Type == "warning" {
			c.said = append(c.said, string(m.Params))
		}
	}
}

// complaints gives what the browser complained of since the last call.
func (c *chromium) complaints() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	said := c.said
	c.said = nil
	return said
}

// call gives the result of a command.
func (c *chromium) call(result any, method string, params map[string]any) {
	c.t.Helper()
	c.mu.Lock()
	c.last++
	id, wait := c.last, make(chan json.RawMessage, 1)
	c.waiting[id] = wait
	c.mu.Unlock()
	m := map[string]any{"id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if c.session != "" {
		m["sessionId"] = c.session
	}
	b, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.to.Write(append(b, 0)); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	select {
	case got := <-wait:
		if result != nil {
			if err := json.Unmarshal(got, result); err != nil {
				c.t.Fatalf("%s: %v in %s", method, err, got)
			}
		}
	case <-time.After(30 * time.Second):
		c.t.Fatalf("%s: the browser does not answer", method)
	}
}

func (c *chromium) open(url string) {
	c.t.Helper()
	c.call(nil, "Page.navigate", map[string]any{"url": url})
}

// eval gives the value of an expression, awaited.
func (c *chromium) eval(expression string) any {
	c.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	c.call(&got, "Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true})
	if got.ExceptionDetails != nil {
		return fmt.Errorf("%s %s", got.ExceptionDetails.Text, got.ExceptionDetails.Exception.Description)
	}
	return got.Result.Value
}

// until waits for an expression to be true.
func (c *chromium) until(expression string) {
	c.t.Helper()
	var last any
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if last = c.eval(expression); last == true {
			return
		}
	}
	c.shot("failed")
	c.t.Fatalf("%s did not become true within 30 s; it is %v; the browser says %q", expression, last, c.complaints())
}

// idle waits until the map is drawn.
func (c *chromium) idle() {
	c.t.Helper()
	c.until(`Boolean(window.vedette?.watch?.map.loaded() && !window.vedette.watch.map.isMoving())`)
}

// press presses a key as a person does.
func (c *chromium) press(key string, code int) {
	c.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		c.call(nil, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code})
	}
}

// shot writes a picture of the page into the folder VEDETTE_SHOTS, if that is
// set.
func (c *chromium) shot(name string) {
	c.t.Helper()
	dir := os.Getenv("VEDETTE_SHOTS")
	if dir == "" {
		return
	}
	var got struct{ Data string }
	c.call(&got, "Page.captureScreenshot", nil)
	b, err := base64.StdEncoding.DecodeString(got.Data)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644); err != nil {
		c.t.Fatal(err)
	}
}
