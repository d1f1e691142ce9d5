package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"vedette/internal/backup"
	"vedette/internal/journal"
)

// kills is how often the server is killed: VEDETTE_KILLS, or a few times.
func kills(t *testing.T) int {
	text := os.Getenv("VEDETTE_KILLS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("VEDETTE_KILLS: %v", err)
	}
	return n
}

// TestWhatWasAnsweredSurvivesKilling kills vedette serve in the middle of load,
// again and again, and then looks in the journal for what it had answered.
func TestWhatWasAnsweredSurvivesKilling(t *testing.T) {
	program := filepath.Join(t.TempDir(), "vedette")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	data := filepath.Join(t.TempDir(), "data")
	answered := map[string]bool{}
	for round := range kills(t) {
		s := startServer(t, program, data)
		var mu sync.Mutex
		var group sync.WaitGroup
		for poster := range 4 {
			group.Go(func() {
				for i := 0; ; i++ {
					ids, err := s.post(fmt.Sprintf("%d-%d-%d", round, poster, i))
					if err != nil {
						return // it is dead
					}
					mu.Lock()
					for _, id := range ids {
						answered[id] = true
					}
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(100+rand.IntN(200)) * time.Millisecond)
		s.kill()
		group.Wait()
	}
	if len(answered) == 0 {
		t.Fatal("nothing was answered before the first kill")
	}
	kept := keptEvents(t, data)
	for id := range answered {
		if kept[id] != 1 {
			t.Errorf("%s was answered, and is there %d times", id, kept[id])
		}
	}
	t.Logf("%d kills; %d observations answered, %d in the journal", kills(t), len(answered), len(kept))
	if twice := slices.Collect(maps.Values(kept)); len(twice) > 0 && slices.Max(twice) > 1 {
		t.Error("an event is there more than once")
	}
}

// server is a vedette serve.
type server struct {
	web string
	cmd *exec.Cmd
}

func startServer(t *testing.T, program, data string) *server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{web: ln.Addr().String()}
	ln.Close()
	var said bytes.Buffer
	s.cmd = exec.Command(program, "serve", "../../examples/flat-line/flat-line.area.geojson", "--data", data)
	s.cmd.Env = append(os.Environ(), "VEDETTE_WEB_LISTEN="+s.web, "VEDETTE_TAK_LISTEN=", "VEDETTE_TAK_LISTEN_TLS=", "VEDETTE_TAK_ENROLL=", "VEDETTE_TAK_API=")
	s.cmd.Stderr = &said
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	res, err := patient(http.MethodGet, "http://"+s.web+"/readyz", nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	res.Body.Close()
	return s
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may be dead
	_ = s.cmd.Wait()
}

// post sends a few observations and gives the ids that were answered.
func (s *server) post(name string) ([]string, error) {
	now := time.Now().UTC()
	var all []map[string]any
	for i := range 1 + rand.IntN(20) {
		all = append(all, map[string]any{"id": fmt.Sprint(name, "-", i), "type": "a-u-G", "lat_deg": 34.4, "lon_deg": 41, "time": now})
	}
	body, err := json.Marshal(map[string]any{"observations": all})
	if err != nil {
		return nil, err
	}
	res, err := http.Post("http://"+s.web+"/api/v1/observations", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusTooManyRequests { // not taken, and said so
		time.Sleep(10 * time.Millisecond)
		return nil, nil
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusCreated {
		return nil, fmt.Errorf("%s: %w: %s", res.Status, err, text)
	}
	var kept struct{ IDs []string }
	return kept.IDs, json.Unmarshal(text, &kept)
}

// keptEvents counts the events of the contacts' log by their ids.
func keptEvents(t *testing.T, data string) map[string]int {
	t.Helper()
	j, err := journal.Open(context.Background(), journal.Options{Dir: filepath.Join(data, backup.JournalDir), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	kept := map[string]int{}
	err = j.Contacts.Replay(context.Background(), 1, func(r journal.Record) error {
		kept[r.ID]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}
