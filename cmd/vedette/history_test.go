package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vedette/geo"
	"vedette/internal/backup"
	"vedette/internal/journal"
	"vedette/track"
)

// journalled makes a data folder whose journal has a day of positions: those of
// a month before were swept.
func journalled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: journalled DIR")
	}
	ts.Check(fillJournal(filepath.Join(ts.MkAbs(args[0]), backup.JournalDir)))
}

func fillJournal(dir string) error {
	ctx := context.Background()
	j, err := journal.Open(ctx, journal.Options{Dir: dir, MinFree: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer j.Close()
	noon := time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)
	var all []journal.Event
	for i := range 20 {
		o := track.Observation{
			Source: []string{"radar", "exercise"}[i%2], ID: fmt.Sprint("T", i%4), Type: "a-u-G", Label: "=cmd",
			Fix: true, At: geo.Point{Lat: 34 + float64(i)/100, Lon: 41}, HAE: math.NaN(), CE: 10, LE: math.NaN(), Course: 90, Speed: 1,
			Time: noon.Add(time.Duration(i) * time.Minute), Trust: track.Local,
		}
		if i%2 == 1 {
			o.Props = map[string]string{"synthetic": "true"}
		}
		if i < 2 {
			o.Time = o.Time.AddDate(0, 0, -40)
		}
		o.Received, o.Stale = o.Time.Add(time.Second), o.Time.Add(time.Minute)
		payload, err := o.MarshalJSON()
		if err != nil {
			return err
		}
		all = append(all, journal.Event{ID: o.EventID(), Kind: o.Kind(), Version: track.Version, Source: o.Source, Time: o.Time, Received: o.Received, Payload: payload})
	}
	if _, err := j.Contacts.Append(ctx, all...); err != nil {
		return err
	}
	_, err = j.Sweep(ctx, noon)
	return err
}

func TestARebuildBesideARunningServerSaysWhatToDo(t *testing.T) {
	data := t.TempDir()
	j, err := journal.Open(t.Context(), journal.Options{Dir: filepath.Join(data, "journal"), MinFree: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var out, stderr strings.Builder
	code := run(t.Context(), []string{"history", "rebuild", "--data", data}, &out, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "another process has it open: the server is running") || !strings.Contains(stderr.String(), "stop that first") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if left, err := os.ReadDir(data); err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
}
