// Package served runs vedette serve as a process of its own, on loopback and
// with a data folder of its own, and reads what it says of itself.
package served

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is a running vedette serve.
type Process struct {
	Web, TAK string // addresses
	Ended    chan error
	cmd      *exec.Cmd
}

// Start builds the program in dir, serves the area with what settings add to
// the defaults, and returns once it is ready.
func Start(dir, area, settings string) (*Process, error) {
	program := filepath.Join(dir, "vedette")
	build := exec.Command("go", "build", "-o", program, "./cmd/vedette")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	file := filepath.Join(dir, "vedette.toml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return nil, err
	}
	addresses, err := Free(2)
	if err != nil {
		return nil, err
	}
	p := &Process{Web: addresses[0], TAK: addresses[1], Ended: make(chan error, 1)}
	p.cmd = exec.Command(program, "serve", area, "--data", filepath.Join(dir, "data"), "--settings", file)
	p.cmd.Env = append(os.Environ(), "VEDETTE_WEB_LISTEN="+p.Web, "VEDETTE_TAK_LISTEN="+p.TAK,
		"VEDETTE_TAK_LISTEN_TLS=", "VEDETTE_TAK_ENROLL=", "VEDETTE_TAK_API=", "VEDETTE_LOG_LEVEL=error")
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.Ended <- p.cmd.Wait() }()
	return p, p.ready()
}

// ready waits until the process says that it is.
func (p *Process) ready() error {
	for range 300 {
		select {
		case err := <-p.Ended:
			return fmt.Errorf("vedette serve ended: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
		if res, err := http.Get("http://" + p.Web + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	p.Kill()
	return errors.New("vedette serve was not ready within 30 s")
}

// Free finds addresses of loopback that nobody listens on.
func Free(n int) ([]string, error) {
	var all []string
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close()
		all = append(all, ln.Addr().String())
	}
	return all, nil
}

// Kill ends the process at once.
func (p *Process) Kill() { _ = p.cmd.Process.Kill() }

// Stop asks the process to end, and tells how long it took.
func (p *Process) Stop() (time.Duration, error) {
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case err := <-p.Ended:
		return time.Since(began), err
	case <-time.After(30 * time.Second):
		return 0, errors.New("it did not stop within 30 s")
	}
}

// Metrics gives the values of all metrics by their names, with their labels as
// they stand there.
func (p *Process) Metrics() (map[string]float64, error) {
	res, err := http.Get("http://" + p.Web + "/metrics")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	all := map[string]float64{}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		line := lines.Text()
		i := strings.LastIndexByte(line, ' ')
		if i < 0 || line[0] == '#' {
			continue
		}
		v, err := strconv.ParseFloat(line[i+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("metrics: %q: %w", line, err)
		}
		all[line[:i]] = v
	}
	return all, lines.Err()
}
