package access

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func from(text string) netip.Addr { return netip.MustParseAddr(text) }

func TestALogin(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "anna", Planner)
	if err := s.Add(t.Context(), User{Name: "phone", Roles: []Role{Viewer}}, ""); err != nil {
		t.Fatal(err)
	}
	secret, p, err := s.Login(t.Context(), Attempt{"Anna", good, from("10.0.0.1")})
	if err != nil || len(secret) != 43 || p.Name != "anna" || !p.May(SeeRestricted) || p.May(Operate) || p.Groups[0] != "Blue" {
		t.Fatal(secret, p, err)
	}
	if q, err := s.Session(secret); err != nil || q.How != p.How || !strings.HasPrefix(q.How, "session ") || strings.Contains(secret, q.How[8:]) {
		t.Error(q, err)
	}
	for name, a := range map[string]Attempt{
		"a wrong password": {"anna", good + "x", from("10.0.0.1")},
		"none":             {"anna", "", from("10.0.0.1")},
		"one too long":     {"anna", strings.Repeat(good, 1000), from("10.0.0.1")},
		"nobody":           {"bert", good, from("10.0.0.1")},
		"no name":          {"../..", good, from("10.0.0.1")},
		"no password set":  {"phone", "", from("10.0.0.1")},
		"an endless name":  {strings.Repeat("a", 1<<20), good, from("10.0.0.1")},
	} {
		_, _, err := s.Login(t.Context(), a)
		if !errors.Is(err, ErrDenied) || err.Error() != "access: denied: the name or the password is wrong" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Logout(secret)
	if _, err := s.Session(secret); !errors.Is(err, ErrDenied) {
		t.Error(err)
	}
}

func TestASessionEndsIdlyAndAtLast(t *testing.T) {
	s, w := opened(t)
	add(t, s, "anna", Viewer)
	login := func() string {
		secret, _, err := s.Login(t.Context(), Attempt{"anna", good, netip.Addr{}})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	idle, busy := login(), login()
	for range 11 {
		w.Forward(s.opts.Idle - time.Second)
		if _, err := s.Session(busy); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Session(idle); err == nil {
		t.Error("it does not end idly")
	}
	w.Forward(s.opts.Idle)
	if _, err := s.Session(busy); err == nil {
		t.Error("it does not end at last")
	}
}

func TestASessionEndsWithWhatItRestsOn(t *testing.T) {
	s, w := opened(t)
	add(t, s, "root", Admin)
	for name, act := range map[string]func() error{
		"the password is set, to the same": func() error { return s.SetPassword(t.Context(), "anna", good) },
		"the user is removed":              func() error { return s.Remove("anna") },
		"another user has the name": func() error {
			return errors.Join(s.Remove("anna"), s.Add(t.Context(), User{Name: "anna", Roles: []Role{Admin}}, good))
		},
	} {
		_ = s.Remove("anna") // of the case before
		add(t, s, "anna", Viewer)
		secret, _, err := s.Login(t.Context(), Attempt{"anna", good, netip.Addr{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := act(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(secret); !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
	secret, _, err := s.Login(t.Context(), Attempt{"root", good, netip.Addr{}})
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, "zoe", Admin)
	if err := s.SetRoles("root", []Role{Viewer}); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Session(secret); err != nil || p.May(Administer) {
		t.Error("old roles hold", err)
	}
	s = reopen(t, s, w)
	defer func() { _ = s.Close() }()
	if _, err := s.Session(secret); err == nil {
		t.Error("a session outlives the process")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	var l sessions
	w := clock()
	o, _ := Options{Path: "x", Clock: w.Now}.withDefaults()
	begin := func(i int, name string) digest {
		d := digest{byte(i), byte(i >> 8), byte(len(name))}
		w.Forward(time.Millisecond)
		l.begin(d, &session{name: name, made: w.Now(), used: w.Now()}, o)
		return d
	}
	first := begin(1, "a")
	for i := range maxSessionsOf {
		begin(2+i, "a")
	}
	if _, ok := l.use(first, o); ok || len(l.by) != maxSessionsOf {
		t.Error(len(l.by))
	}
	for i := range maxSessions {
		l.by[digest{byte(i), byte(i >> 8), 99}] = &session{name: fmt.Sprint(i), made: w.Now(), used: w.Now()}
	}
	begin(1, "b")
	if n := len(l.by); n > maxSessions+maxSessionsOf {
		t.Error(n)
	}
	w.Forward(o.Absolute)
	begin(2, "b")
	if len(l.by) != 1 {
		t.Error("those that are over stay", len(l.by))
	}
}

// fail tries a wrong password, and gives how long to wait if it was not looked
// at.
func fail(t *testing.T, s *Store, name, addr string) time.Duration {
	t.Helper()
	_, err := s.Check(t.Context(), Attempt{name, "wrong password", from(addr)})
	var slow *Slow
	if errors.As(err, &slow) {
		return slow.Retry
	}
	if !errors.Is(err, ErrDenied) {
		t.Fatal(err)
	}
	return 0
}

func TestFailuresOfANameSlowItDown(t *testing.T) {
	for _, name := range []string{"anna", "nobody"} {
		s, w := opened(t)
		add(t, s, "anna", Viewer)
		for i := range 4 {
			if wait := fail(t, s, name, fmt.Sprint("10.0.0.", i)); wait != 0 {
				t.Fatalf("%s: failure %d is not free: %v", name, i, wait)
			}
		}
		var waits []time.Duration
		for i := range 9 {
			fail(t, s, name, fmt.Sprint("10.0.1.", i))
			wait := fail(t, s, name, fmt.Sprint("10.0.2.", i)) // from wherever
			waits = append(waits, wait)
			w.Forward(wait)
		}
		if got := fmt.Sprint(waits); got != "[1s 2s 4s 8s 16s 32s 1m0s 1m0s 1m0s]" {
			t.Errorf("%s: %s", name, got)
		}
		if name != "anna" {
			continue
		}
		if _, err := s.Check(t.Context(), Attempt{"anna", good, from("10.9.9.9")}); err != nil {
			t.Error("not even after the wait:", err)
		}
		if wait := fail(t, s, "anna", "10.9.9.9"); wait != 0 {
			t.Error("a success does not clear the name:", wait)
		}
	}
}

func TestFailuresOfAnAddressSlowItDown(t *testing.T) {
	s, w := opened(t)
	add(t, s, "anna", Viewer)
	tries := 0
	for i := 0; fail(t, s, fmt.Sprint("user", i), fmt.Sprintf("2001:db8:1:2::%d", i)) == 0; i++ {
		// Somebody with a password does not clear the way by it.
		if _, err := s.Check(t.Context(), Attempt{"anna", good, from("2001:db8:1:2::1")}); err != nil && i < 11 {
			t.Fatal(i, err)
		}
		if tries++; tries > 100 {
			t.Fatal("never slowed down")
		}
	}
	if tries != 13 {
		t.Errorf("%d tries were looked at", tries)
	}
	if wait := fail(t, s, "anna", "2001:db8:1:3::1"); wait != 0 {
		t.Error("its neighbour is slowed down", wait)
	}
	if _, err := s.Check(t.Context(), Attempt{"anna", good, from("2001:db8:1:2::ffff")}); err == nil {
		t.Error("the right password is looked at during the wait")
	}
	w.Forward(4 * forget)
	if wait := fail(t, s, "user99", "2001:db8:1:2::1"); wait != 0 {
		t.Error("nothing is forgotten", wait)
	}
}

func TestAHundredTriesAtOnceAreAHundred(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "anna", Viewer)
	var looked atomic.Int64
	var group sync.WaitGroup
	for i := range 60 { // fewer than may wait
		group.Go(func() {
			_, err := s.Check(context.Background(), Attempt{"anna", "wrong password", from(fmt.Sprint("10.0.0.", i))})
			if errors.Is(err, ErrDenied) {
				looked.Add(1)
			}
		})
	}
	group.Wait()
	if n := looked.Load(); n != 5 {
		t.Errorf("%d were looked at, want 4 free ones and one more", n)
	}
}

func TestTooManyAtOnceAreSentAway(t *testing.T) {
	r := newReckoner()
	hold, started := make(chan struct{}), make(chan struct{}, maxWaiting)
	var group sync.WaitGroup
	for range cap(r.places) {
		group.Go(func() { _ = r.do(context.Background(), func() { started <- struct{}{}; <-hold }) })
	}
	for range cap(r.places) {
		<-started
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.do(ctx, func() { t.Error("reckoned") }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for len(r.queue) < maxWaiting {
		r.queue <- struct{}{}
	}
	if err := r.do(t.Context(), func() { t.Error("reckoned") }); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	close(hold)
	group.Wait()
}

func TestATryThatWasNotLookedAtIsNoFailure(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "anna", Viewer)
	for range cap(s.reckoner.places) {
		s.reckoner.places <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if _, err := s.Check(ctx, Attempt{"anna", good, from("10.0.0.1")}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	for range cap(s.reckoner.places) {
		<-s.reckoner.places
	}
	if _, err := s.Check(t.Context(), Attempt{"anna", good, from("10.0.0.1")}); err != nil {
		t.Error(err)
	}
}

func TestWhatIsRememberedOfFailuresIsBounded(t *testing.T) {
	var b brakes
	now := clock().Now()
	for i := range maxMarks {
		b.begin(now.Add(time.Duration(i)), gates(fmt.Sprint(i), from("10.0.0.1").Next()))
	}
	if n := len(b.marks); n > maxMarks {
		t.Error(n)
	}
}

func TestPasswordsAreReadInOneForm(t *testing.T) {
	composed, decomposed := "caf\u00e9 near the bridge", "cafe\u0301 near the bridge"
	text, err := sealed(composed, defaultCost())
	if err != nil {
		t.Fatal(err)
	}
	s, err := readSeal(text)
	if err != nil || s.cost != defaultCost() {
		t.Fatal(s, err)
	}
	if !s.opens(decomposed) || s.opens("cafe near the bridge") {
		t.Error("é is not é, or is e")
	}
	if again, _ := sealed(composed, defaultCost()); again == text {
		t.Error("no salt")
	}
}

func TestDrawnSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		p, err := NewPassword()
		if err != nil || len(p) != 24 || seen[p] || checkPassword("admin", p) != nil {
			t.Fatal(p, err)
		}
		seen[p] = true
	}
}

func FuzzSeal(f *testing.F) {
	text, err := sealed(good, cost{8, 1, 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("$argon2id$v=19$m=+8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := readSeal(text)
		if err != nil {
			return
		}
		if s.memory > 256<<10 || s.passes > 16 || s.threads > 16 || s.passes < 1 || s.threads < 1 {
			t.Fatal(s.cost)
		}
	})
}

func BenchmarkPassword(b *testing.B) {
	text, err := sealed(good, defaultCost())
	if err != nil {
		b.Fatal(err)
	}
	s, err := readSeal(text)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !s.opens(good) {
			b.Fatal("it does not open")
		}
	}
}
