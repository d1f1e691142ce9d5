package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// TokenPrefix begins every API token, so that scanners for leaked secrets find
// them.
const TokenPrefix = "vdt_"

// MaxTokenTerm bounds how long a token lasts.
const MaxTokenTerm = 366 * 24 * time.Hour

// writeUse is how old the time of a token's last use on disk may be.
const writeUse = time.Hour

// Token lets a program come in for a user.
type Token struct {
	ID          string       `json:"id"` // names it; is no secret
	Label       string       `json:"label"`
	Permissions []Permission `json:"permissions"`
	Made        time.Time    `json:"made"`
	Until       time.Time    `json:"until"`
	Used        time.Time    `json:"used,omitzero"` // last, to the hour after a crash
}

func (t Token) check() error {
	if b, err := hex.DecodeString(t.ID); err != nil || len(b) != 4 || hex.EncodeToString(b) != t.ID {
		return fmt.Errorf("id: %.40q is not 8 hexadecimal digits", t.ID)
	}
	if err := checkText(t.Label); err != nil {
		return fmt.Errorf("label: %w", err)
	}
	for i, p := range t.Permissions {
		if !slices.Contains(Permissions(), p) || slices.Contains(t.Permissions[:i], p) {
			return fmt.Errorf("permissions: %.40q is none, or is given twice; give some of %v", p, Permissions())
		}
	}
	if len(t.Permissions) == 0 {
		return fmt.Errorf("permissions: there are none; give some of %v", Permissions())
	}
	if term := t.Until.Sub(t.Made); term <= 0 || term > MaxTokenTerm {
		return fmt.Errorf("until: a token lasts up to %d days; give an end within them", MaxTokenTerm/(24*time.Hour))
	}
	return nil
}

// MakeToken makes a token for a user, who must have the permissions themselves:
// they count for the token as long as they do for the user. The secret is kept
// nowhere: show it once.
func (s *Store) MakeToken(name, label string, may []Permission, term time.Duration) (secret string, t Token, err error) {
	raw := make([]byte, 36)
	if _, err := rand.Read(raw); err != nil {
		return "", t, fmt.Errorf("access: draw a token: %w", err)
	}
	now := s.now()
	t = Token{hex.EncodeToString(raw[32:]), label, slices.Clone(may), now, now.Add(term).Truncate(time.Second), time.Time{}}
	if err := t.check(); err != nil {
		return "", Token{}, fmt.Errorf("access: token: %w", err)
	}
	secret = TokenPrefix + base64.RawURLEncoding.EncodeToString(raw[:32])
	err = s.change(func(next *state) error {
		return next.addToken(name, tokenRecord{t, sha256.Sum256([]byte(secret))})
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

func (s *state) addToken(name string, t tokenRecord) error {
	a := s.by[name]
	if a == nil {
		return fmt.Errorf("%w: %.80q", ErrUnknown, name)
	}
	if lacking := without(t.Permissions, Granted(a.Roles...)); len(lacking) > 0 {
		return fmt.Errorf("access: token: %s may not %v; leave that out, or give the user the role for it", name, lacking)
	}
	if len(a.Tokens) >= MaxTokens {
		return fmt.Errorf("access: token: %s has %d tokens, and that is the bound; revoke some", name, len(a.Tokens))
	}
	a.Tokens = append(a.Tokens, t)
	return nil
}

// without gives those of all that are not among some.
func without(all, some []Permission) []Permission {
	return slices.DeleteFunc(slices.Clone(all), func(p Permission) bool { return slices.Contains(some, p) })
}

// Tokens gives a user's tokens, the oldest first, those that are over too.
func (s *Store) Tokens(name string) ([]Token, error) {
	a := s.current.Load().by[name]
	if a == nil {
		return nil, fmt.Errorf("%w: %.80q", ErrUnknown, name)
	}
	var all []Token
	for _, t := range a.Tokens {
		t.Permissions = slices.Clone(t.Permissions)
		t.Used = s.uses.latest(t.Token)
		all = append(all, t.Token)
	}
	return all, nil
}

// RevokeToken ends a token.
func (s *Store) RevokeToken(id string) error {
	name := ""
	err := s.change(func(next *state) error {
		place := next.ids[id]
		if place.token == nil {
			return fmt.Errorf("%w or token: %.40q", ErrUnknown, id)
		}
		name = place.user.Name
		place.user.Tokens = slices.DeleteFunc(place.user.Tokens, func(t tokenRecord) bool { return t.ID == id })
		return nil
	})
	if err == nil {
		s.cuts.tell(name)
	}
	return err
}

// ByToken tells whose a token is. The error is ErrDenied.
func (s *Store) ByToken(secret string) (Principal, error) {
	place := s.current.Load().tokens[sha256.Sum256([]byte(secret))]
	now := s.now()
	if !strings.HasPrefix(secret, TokenPrefix) || place.token == nil || !now.Before(place.token.Until) {
		return Principal{}, fmt.Errorf("%w: the token is unknown, over or revoked; make a new one", ErrDenied)
	}
	p := place.user.principal("token " + place.token.ID).only(place.token.Permissions)
	if s.uses.mark(place.token.Token, now) {
		if err := s.change(func(*state) error { return nil }); err != nil {
			s.opts.Log.Warn("access: when tokens were last used could not be written", "error", err)
		}
	}
	return p, nil
}

// uses are the times when tokens were last used, as far as they are not on disk.
type uses struct {
	mu   sync.Mutex
	last map[string]time.Time
	// written is when they last were, or were tried to be, by token.
	written map[string]time.Time
}

// mark notes a use, and tells whether it is time to write it down.
func (u *uses) mark(t Token, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last, u.written = map[string]time.Time{}, map[string]time.Time{}
	}
	u.last[t.ID] = now
	latest := t.Used
	if w := u.written[t.ID]; w.After(latest) {
		latest = w
	}
	if now.Sub(latest) < writeUse {
		return false
	}
	u.written[t.ID] = now
	return true
}

func (u *uses) latest(t Token) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if last := u.last[t.ID]; last.After(t.Used) {
		return last
	}
	return t.Used
}

func (u *uses) any() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.last) > 0
}

// into puts the times into a state that will be written, and drops what is kept
// of tokens that are gone. The times stay until they are seen to be on disk.
func (u *uses) into(s *state) {
	u.mu.Lock()
	defer u.mu.Unlock()
	gone := func(id string, _ time.Time) bool { return !s.has(id) }
	maps.DeleteFunc(u.last, gone)
	maps.DeleteFunc(u.written, gone)
	for i := range s.Users {
		for j := range s.Users[i].Tokens {
			t := &s.Users[i].Tokens[j]
			if last := u.last[t.ID]; last.After(t.Used) {
				t.Used = last
			}
		}
	}
}

// has tells whether there is a token; a state that is being changed may have
// none that its index knows.
func (s *state) has(id string) bool {
	return slices.ContainsFunc(s.Users, func(a account) bool {
		return slices.ContainsFunc(a.Tokens, func(t tokenRecord) bool { return t.ID == id })
	})
}

// MaxInvitationTerm bounds how long an invitation lasts.
const MaxInvitationTerm = 7 * 24 * time.Hour

// Invite makes an invitation: a secret of 80 random bits, short enough to be
// typed, with which a user's phone asks once for a certificate.
func (s *Store) Invite(name string, term time.Duration) (secret string, until time.Time, err error) {
	if term <= 0 || term > MaxInvitationTerm {
		return "", until, fmt.Errorf("access: an invitation lasts up to %d days; give a term within them", MaxInvitationTerm/(24*time.Hour))
	}
	if secret, err = draw(10); err != nil {
		return "", until, err
	}
	until = s.now().Add(term).Truncate(time.Second)
	err = s.change(func(next *state) error {
		if next.by[name] == nil {
			return fmt.Errorf("%w: %.80q", ErrUnknown, name)
		}
		next.forget(s.opts.Clock())
		if len(next.Invitations) >= MaxInvitations {
			return fmt.Errorf("access: %d invitations are open, and that is the bound; wait for one to end", len(next.Invitations))
		}
		next.Invitations = append(next.Invitations, invitation{name, until, invitationDigest(name, secret)})
		return nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return inFours(secret), until, nil
}

// invitationDigest ties the secret to its name, and reads it as people type it.
func invitationDigest(name, secret string) digest {
	secret = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(secret))
	return sha256.Sum256([]byte(name + "\x00" + secret))
}

// Invited tells whom an invitation is for, and leaves it as it is: a phone asks
// several times before it asks for its certificate. The error is ErrDenied.
func (s *Store) Invited(name, secret string) (Principal, error) {
	name, now := asTyped(name), s.current.Load()
	if len(secret) <= maxText && now.invited(name, secret, s.opts.Clock()) >= 0 {
		return now.by[name].principal(HowInvitation), nil
	}
	return Principal{}, errNotInvited()
}

// Redeem uses an invitation up. Of several who do so at once one succeeds.
func (s *Store) Redeem(name, secret string) (Principal, error) {
	name = asTyped(name)
	if _, err := s.Invited(name, secret); err != nil {
		return Principal{}, err
	}
	var p Principal
	err := s.change(func(next *state) error {
		i := next.invited(name, secret, s.opts.Clock())
		if i < 0 {
			return errNotInvited()
		}
		p = next.by[name].principal(HowInvitation)
		next.Invitations = slices.Delete(next.Invitations, i, i+1)
		return nil
	})
	if err != nil {
		return Principal{}, err
	}
	return p, nil
}

// invited gives the place of an invitation, -1 where there is none.
func (s *state) invited(name, secret string, now time.Time) int {
	d := invitationDigest(name, secret)
	return slices.IndexFunc(s.Invitations, func(i invitation) bool {
		return i.Digest == d && i.Name == name && now.Before(i.Until)
	})
}

func errNotInvited() error {
	return fmt.Errorf("%w: the invitation is unknown, used or over; ask for a new one", ErrDenied)
}
