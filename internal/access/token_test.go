package access

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestATokenMayNoMoreThanItsUser(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "anna", Operator)
	if _, _, err := s.MakeToken("anna", "x", []Permission{SeePicture, Plan}, time.Hour); err == nil || !strings.Contains(err.Error(), "may not [plan]") {
		t.Error(err)
	}
	secret, made, err := s.MakeToken("anna", "tracker", []Permission{ReportIn, Operate}, time.Hour)
	if err != nil || !strings.HasPrefix(secret, TokenPrefix) || len(secret) != 47 {
		t.Fatal(secret, err)
	}
	p, err := s.ByToken(secret)
	if err != nil || p.Name != "anna" || p.How != "token "+made.ID || fmt.Sprint(p.Permissions()) != "[report-in operate]" {
		t.Error(p, err)
	}
	if err := s.SetRoles("anna", []Role{Planner}); err != nil {
		t.Fatal(err)
	}
	if p, err := s.ByToken(secret); err != nil || fmt.Sprint(p.Permissions()) != "[report-in]" {
		t.Error("the user lost a permission, the token kept it", p.Permissions(), err)
	}
	text, err := os.ReadFile(s.opts.Path)
	if err != nil || strings.Contains(string(text), secret[len(TokenPrefix):]) {
		t.Error("the token is in the file", err)
	}
}

func TestATokenEnds(t *testing.T) {
	s, w := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "anna", Operator)
	make := func() (string, Token) {
		secret, made, err := s.MakeToken("anna", "t", []Permission{Operate}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return secret, made
	}
	old, _ := make()
	w.Forward(time.Hour)
	revoked, made := make()
	if err := s.RevokeToken(made.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeToken(made.ID); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	kept, _ := make()
	for name, secret := range map[string]string{
		"over": old, "revoked": revoked, "empty": "", "another": TokenPrefix + strings.Repeat("A", 43),
		"without its prefix": kept[len(TokenPrefix):], "shortened": kept[:len(kept)-1],
	} {
		if _, err := s.ByToken(secret); !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.ByToken(kept); err != nil {
		t.Error(err)
	}
	if err := s.Remove("anna"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ByToken(kept); !errors.Is(err, ErrDenied) {
		t.Error(err)
	}
}

func TestBadTokensAreNotMade(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "root", Admin)
	for want, make := range map[string]func() error{
		"label":        func() error { _, _, err := s.MakeToken("root", "", []Permission{Plan}, time.Hour); return err },
		"permissions:": func() error { _, _, err := s.MakeToken("root", "x", nil, time.Hour); return err },
		"is none":      func() error { _, _, err := s.MakeToken("root", "x", []Permission{"fly"}, time.Hour); return err },
		"until":        func() error { _, _, err := s.MakeToken("root", "x", []Permission{Plan}, -time.Hour); return err },
		"366 days": func() error {
			_, _, err := s.MakeToken("root", "x", []Permission{Plan}, MaxTokenTerm+time.Hour)
			return err
		},
		"no such user": func() error { _, _, err := s.MakeToken("zoe", "x", []Permission{Plan}, time.Hour); return err },
	} {
		if err := make(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for range MaxTokens {
		if _, _, err := s.MakeToken("root", "x", []Permission{Plan}, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.MakeToken("root", "x", []Permission{Plan}, time.Hour); err == nil || !strings.Contains(err.Error(), "revoke some") {
		t.Error(err)
	}
}

func TestTheLastUseOfATokenIsKept(t *testing.T) {
	s, w := opened(t)
	add(t, s, "root", Admin)
	secret, _, err := s.MakeToken("root", "t", []Permission{Plan}, 48*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	used := func(s *Store) time.Time {
		all, err := s.Tokens("root")
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0].Used
	}
	if !used(s).IsZero() {
		t.Error("used before it was")
	}
	for range 3 {
		w.Forward(20 * time.Minute)
		if _, err := s.ByToken(secret); err != nil {
			t.Fatal(err)
		}
	}
	if !used(s).Equal(w.Now()) {
		t.Error(used(s))
	}
	onDisk := s.current.Load().Users[0].Tokens[0].Used
	if age := w.Now().Sub(onDisk); age <= 0 || age >= writeUse {
		t.Error("written with every use, or not at all:", age)
	}
	s = reopen(t, s, w)
	defer func() { _ = s.Close() }()
	if !used(s).Equal(w.Now()) {
		t.Error("forgotten", used(s))
	}
}

func TestAnInvitationCountsOnce(t *testing.T) {
	s, w := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "anna", Viewer)
	secret, until, err := s.Invite("anna", time.Hour)
	if err != nil || len(secret) != 19 || !until.Equal(w.Now().Add(time.Hour)) {
		t.Fatal(secret, until, err)
	}
	s = reopen(t, s, w)
	defer func() { _ = s.Close() }()
	for _, typed := range []string{secret, strings.ToUpper(secret), strings.ReplaceAll(secret, "-", ""), " " + strings.ReplaceAll(secret, "-", " ")} {
		if p, err := s.Invited("Anna", typed); err != nil || p.Name != "anna" || p.How != "invitation" {
			t.Error(typed, err)
		}
	}
	for name, secret := range map[string]string{"root": secret, "": secret, "anna": "abcd-efgh-jkmn-pqrs"} {
		if _, err := s.Redeem(name, secret); !errors.Is(err, ErrDenied) {
			t.Error(name, err)
		}
	}
	var redeemed atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := s.Redeem("anna", secret); err == nil {
				redeemed.Add(1)
			}
		})
	}
	group.Wait()
	if redeemed.Load() != 1 {
		t.Errorf("redeemed %d times", redeemed.Load())
	}
	if _, err := s.Invited("anna", secret); !errors.Is(err, ErrDenied) {
		t.Error(err)
	}
}

func TestAnInvitationEnds(t *testing.T) {
	s, w := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "anna", Viewer)
	late, _, err := s.Invite("anna", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w.Forward(time.Hour)
	if _, err := s.Redeem("anna", late); !errors.Is(err, ErrDenied) {
		t.Error(err)
	}
	orphan, _, err := s.Invite("anna", time.Hour)
	if err != nil || len(s.current.Load().Invitations) != 1 {
		t.Fatal("those that are over stay", err)
	}
	if err := s.Remove("anna"); err != nil {
		t.Fatal(err)
	}
	add(t, s, "anna", Admin)
	if _, err := s.Redeem("anna", orphan); !errors.Is(err, ErrDenied) {
		t.Error("an invitation of a user who was removed counts for the next of that name")
	}
	for _, term := range []time.Duration{0, -1, MaxInvitationTerm + 1} {
		if _, _, err := s.Invite("anna", term); err == nil {
			t.Errorf("an invitation for %v", term)
		}
	}
	if _, _, err := s.Invite("zoe", time.Hour); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}
