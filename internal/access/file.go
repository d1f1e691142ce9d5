package access

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vedette/internal/ca"
)

const fileVersion = 1

// The bounds of the store.
const (
	maxFile        = 64 << 20 // bytes
	MaxUsers       = 10_000
	MaxGroups      = 32 // of a user
	MaxTokens      = 64 // of a user
	MaxInvitations = 1_000
	maxText        = 64 // bytes of a group's name or a token's label
)

// state is what the file holds, with what is found in it quickly. Once it is
// current it is not changed any more.
type state struct {
	Version     int          `json:"version"`
	Users       []account    `json:"users"` // by name
	Invitations []invitation `json:"invitations"`

	by     map[string]*account
	tokens map[digest]tokenPlace
	ids    map[string]tokenPlace
}

// account is a user as the file has them.
type account struct {
	User
	Password string        `json:"password"` // argon2id; empty: none opens
	Tokens   []tokenRecord `json:"tokens"`
}

func accountBefore(a account, name string) int { return strings.Compare(a.Name, name) }

// tokenRecord is a token as the file has it.
type tokenRecord struct {
	Token
	Digest digest `json:"sha256"`
}

// tokenPlace is where a token stands.
type tokenPlace struct {
	user  *account
	token *tokenRecord
}

// invitation lets its holder ask for one certificate.
type invitation struct {
	Name   string    `json:"name"`
	Until  time.Time `json:"until"`
	Digest digest    `json:"sha256"`
}

// digest is what is kept of a secret that is random bits.
type digest [32]byte

// MarshalText writes it in hexadecimal digits.
func (d digest) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(d[:])), nil }

// UnmarshalText reads them.
func (d *digest) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(d) {
		return fmt.Errorf("sha256: it is not %d hexadecimal digits", 2*len(d))
	}
	*d = digest(b)
	return nil
}

func (s *state) encode() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("access: write the users: %w", err)
	}
	if len(text) >= maxFile {
		return nil, fmt.Errorf("%w: %d bytes of users", errTooLarge, len(text))
	}
	return append(text, '\n'), nil
}

func (s *state) clone() (*state, error) {
	text, err := s.encode()
	if err != nil {
		return nil, err
	}
	return decode(text)
}

// decode reads what encode wrote, and nothing else: a field that is unknown,
// doubled, missing or spelt otherwise is an error, and so is what the methods
// of Store would not have made.
func decode(text []byte) (*state, error) {
	s := &state{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	if s.Version != fileVersion {
		return nil, fmt.Errorf("version: %d is not %d; a newer program may have written it", s.Version, fileVersion)
	}
	again, err := s.encode()
	if err != nil || !bytes.Equal(again, text) {
		return nil, errors.New("it is not as this version writes it; a newer program or a hand may have changed it")
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, s.index()
}

// check looks at every user by themselves.
func (s *state) check() error {
	if len(s.Users) > MaxUsers || len(s.Invitations) > MaxInvitations {
		return fmt.Errorf("%w: %d users of at most %d, %d invitations of at most %d",
			errTooLarge, len(s.Users), MaxUsers, len(s.Invitations), MaxInvitations)
	}
	for i := range s.Users {
		if err := s.Users[i].check(); err != nil {
			return fmt.Errorf("users[%d].%w", i, err)
		}
	}
	return nil
}

// index finds what is found by its name, and what is there twice.
func (s *state) index() error {
	s.by, s.tokens, s.ids = map[string]*account{}, map[digest]tokenPlace{}, map[string]tokenPlace{}
	for i := range s.Users {
		a := &s.Users[i]
		if i > 0 && s.Users[i-1].Name >= a.Name {
			return fmt.Errorf("users[%d].name: %q does not follow %q", i, a.Name, s.Users[i-1].Name)
		}
		s.by[a.Name] = a
		if err := s.indexTokens(a); err != nil {
			return fmt.Errorf("users[%d].%w", i, err)
		}
	}
	for i, v := range s.Invitations {
		if s.by[v.Name] == nil {
			return fmt.Errorf("invitations[%d].name: there is no user %q", i, v.Name)
		}
	}
	return nil
}

func (s *state) indexTokens(a *account) error {
	for i := range a.Tokens {
		t := &a.Tokens[i]
		if s.ids[t.ID].token != nil || s.tokens[t.Digest].token != nil {
			return fmt.Errorf("tokens[%d]: it is there twice", i)
		}
		s.ids[t.ID], s.tokens[t.Digest] = tokenPlace{a, t}, tokenPlace{a, t}
	}
	return nil
}

// forget drops invitations that are over.
func (s *state) forget(now time.Time) {
	s.Invitations = slices.DeleteFunc(s.Invitations, func(i invitation) bool { return !now.Before(i.Until) })
}

// administered tells whether somebody may administer.
func (s *state) administered() bool {
	return slices.ContainsFunc(s.Users, func(a account) bool {
		return slices.Contains(Granted(a.Roles...), Administer)
	})
}

func (a *account) check() error {
	if err := a.User.check(); err != nil {
		return err
	}
	if a.Password != "" {
		if _, err := readSeal(a.Password); err != nil {
			return err
		}
	}
	if len(a.Tokens) > MaxTokens {
		return fmt.Errorf("tokens: %d are over %d; revoke some", len(a.Tokens), MaxTokens)
	}
	for i := range a.Tokens {
		if err := a.Tokens[i].check(); err != nil {
			return fmt.Errorf("tokens[%d].%w", i, err)
		}
	}
	return nil
}

func (u User) check() error {
	return errors.Join(ca.CheckName(u.Name), CheckRoles(u.Roles), checkGroups(u.Groups))
}

func checkGroups(groups []string) error {
	if len(groups) > MaxGroups {
		return fmt.Errorf("groups: %d are over %d", len(groups), MaxGroups)
	}
	for i, g := range groups {
		if err := checkText(g); err != nil || slices.Contains(groups[:i], g) {
			return fmt.Errorf("groups: %.80q is none, or is given twice; give 1 to %d bytes that can be printed", g, maxText)
		}
	}
	return nil
}

func checkText(text string) error {
	if text == "" || len(text) > maxText || !utf8.ValidString(text) || strings.TrimSpace(text) != text ||
		strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%.80q cannot be shown; give 1 to %d bytes that can be printed", text, maxText)
	}
	return nil
}
