package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"vedette/internal/ca"
)

// The bounds of sessions: those of a user, and all.
const (
	maxSessionsOf = 32
	maxSessions   = 10_000
)

// Attempt is somebody who says a name and a password.
type Attempt struct {
	Name, Password string
	From           netip.Addr // the zero address where it is not known
}

// Check looks at a name and a password. The error is ErrDenied, which does not
// say what is wrong, a *Slow, ErrBusy, or the context's. A name that does not
// exist takes as long as one that does.
func (s *Store) Check(ctx context.Context, a Attempt) (Principal, error) {
	user, err := s.check(ctx, a)
	if err != nil {
		return Principal{}, err
	}
	return user.principal(HowPassword), nil
}

func (s *Store) check(ctx context.Context, a Attempt) (*account, error) {
	name := asTyped(a.Name)
	all := gates(name, a.From)
	if wait := s.brakes.begin(s.opts.Clock(), all); wait > 0 {
		return nil, &Slow{wait}
	}
	user := s.current.Load().by[name]
	ok := false
	if err := s.reckoner.do(ctx, func() { ok = s.opens(user, a.Password) }); err != nil {
		s.brakes.takeBack(all) // nothing was looked at
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: the name or the password is wrong", ErrDenied)
	}
	s.brakes.succeeded(all)
	return user, nil
}

// asTyped gives the name that somebody means: phones write the first letter
// large. What can be nobody's name gives "".
func asTyped(name string) string {
	if len(name) > 4*ca.MaxName {
		return ""
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if ca.CheckName(name) != nil {
		return ""
	}
	return name
}

// opens looks at a password, and at one that nobody has where there is none.
func (s *Store) opens(user *account, password string) bool {
	if len(password) > MaxPassword {
		password = ""
	}
	if user != nil && user.Password != "" {
		if kept, err := readSeal(user.Password); err == nil { // decode saw to it
			return kept.opens(password)
		}
	}
	s.dummy.opens(password)
	return false
}

// session is somebody who is logged in.
type session struct {
	name string
	// password is what was kept of it when the session began: it differs for
	// the same password set again, and for another user of the same name.
	password string
	made     time.Time
	used     time.Time
}

type sessions struct {
	mu sync.Mutex
	by map[digest]*session
}

// Login begins a session. The secret is the only key to it; its errors are
// those of Check.
func (s *Store) Login(ctx context.Context, a Attempt) (secret string, p Principal, err error) {
	user, err := s.check(ctx, a)
	if err != nil {
		return "", Principal{}, err
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", Principal{}, fmt.Errorf("access: draw a session: %w", err)
	}
	secret = base64.RawURLEncoding.EncodeToString(raw)
	now := s.opts.Clock()
	d := digest(sha256.Sum256([]byte(secret)))
	s.sessions.begin(d, &session{user.Name, user.Password, now, now}, s.opts)
	return secret, user.principal(d.how("session")), nil
}

// how names a session by the first of the digest's digits.
func (d digest) how(kind string) string { return kind + " " + hex.EncodeToString(d[:4]) }

// Session tells whose a session is, and keeps it from ending idly. The error is
// ErrDenied.
func (s *Store) Session(secret string) (Principal, error) {
	d := digest(sha256.Sum256([]byte(secret)))
	found, ok := s.sessions.use(d, s.opts)
	if ok {
		if user := s.current.Load().by[found.name]; user != nil && user.Password == found.password {
			return user.principal(d.how("session")), nil
		}
	}
	return Principal{}, fmt.Errorf("%w: the session is over; log in again", ErrDenied)
}

// Logout ends a session.
func (s *Store) Logout(secret string) {
	if name := s.sessions.end(sha256.Sum256([]byte(secret))); name != "" {
		s.cuts.tell(name)
	}
}

func (x *session) over(now time.Time, o Options) bool {
	return now.Sub(x.used) >= o.Idle || now.Sub(x.made) >= o.Absolute
}

func (l *sessions) begin(d digest, x *session, o Options) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[digest]*session{}
	}
	l.room(x.name, x.made, o)
	l.by[d] = x
}

// room drops sessions that are over, and the idlest of a user who has too many,
// and of all.
func (l *sessions) room(name string, now time.Time, o Options) {
	var idlest, own digest
	mine := 0
	for d, x := range l.by {
		if x.over(now, o) {
			delete(l.by, d)
			continue
		}
		if first := l.by[idlest]; first == nil || x.used.Before(first.used) {
			idlest = d
		}
		if x.name != name {
			continue
		}
		mine++
		if first := l.by[own]; first == nil || x.used.Before(first.used) {
			own = d
		}
	}
	if mine >= maxSessionsOf {
		delete(l.by, own)
	}
	if len(l.by) >= maxSessions {
		delete(l.by, idlest)
	}
}

func (l *sessions) use(d digest, o Options) (session, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.by[d]
	now := o.Clock()
	if x == nil || x.over(now, o) {
		delete(l.by, d)
		return session{}, false
	}
	x.used = now
	return *x, true
}

func (l *sessions) end(d digest) (name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if x := l.by[d]; x != nil {
		name = x.name
	}
	delete(l.by, d)
	return name
}
