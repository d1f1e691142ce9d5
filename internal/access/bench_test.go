package access

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"vedette/internal/journal"
)

func BenchmarkSession(b *testing.B) {
	s := openAt(b, filepath.Join(b.TempDir(), "access.json"), clock())
	b.Cleanup(func() { _ = s.Close() })
	add(b, s, "anna", Operator)
	secret, _, err := s.Login(context.Background(), Attempt{"anna", good, netip.Addr{}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Session(secret); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChange adds a user to five hundred others.
func BenchmarkChange(b *testing.B) {
	s := openAt(b, filepath.Join(b.TempDir(), "access.json"), clock())
	b.Cleanup(func() { _ = s.Close() })
	err := s.change(func(next *state) error {
		for i := range 500 {
			next.Users = append(next.Users, account{User: User{fmt.Sprintf("user%03d", i), []Role{Viewer}, []string{"Blue"}, s.now()}, Tokens: []tokenRecord{}})
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.SetGroups("user007", []string{"Red"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAudit(b *testing.B) {
	j, err := journal.Open(context.Background(), journal.Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = j.Close() })
	a, err := OpenAudit(context.Background(), j.Events, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := a.Append(context.Background(), Entry{Who: "anna", How: "session 0123abcd", What: "crossings.see", Object: "km 14", Outcome: "done"}); err != nil {
			b.Fatal(err)
		}
	}
}
