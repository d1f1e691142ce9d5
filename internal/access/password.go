package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// The bounds of a password that is chosen.
const (
	MinPassword = 12   // characters
	MaxPassword = 1024 // bytes
)

// ErrBusy says that too many passwords are being checked at the moment.
var ErrBusy = errors.New("access: too many people are logging in; try again in a moment")

// maxWaiting bounds who waits for a password to be checked.
const maxWaiting = 64

// cost are argon2id's parameters. They stand with each password, which keeps its
// own until it is set anew.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// defaultCost is what OWASP asks for at least: 19 MiB, two passes
// (BenchmarkPassword gives the time).
func defaultCost() cost { return cost{19 << 10, 2, 1} }

const (
	saltSize = 16
	hashSize = 32
)

// checkPassword tells whether a password may be chosen.
func checkPassword(name, password string) error {
	switch {
	case len(password) > MaxPassword || !utf8.ValidString(password):
		return fmt.Errorf("password: it has more than %d bytes, or is not UTF-8; choose another", MaxPassword)
	case utf8.RuneCountInString(password) < MinPassword:
		return fmt.Errorf("password: it has under %d characters; choose a longer one", MinPassword)
	case strings.Contains(strings.ToLower(password), name) && len(name) > 2, strings.Count(password, password[:1]) == len(password):
		return errors.New("password: it holds the name, or is one letter again and again; choose another")
	}
	return nil
}

// secretText makes one form of the ways in which keyboards write a password.
func secretText(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// sealed makes what is kept of a password, in the form that argon2's own tools
// write.
func sealed(password string, c cost) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.threads,
		b64.EncodeToString(salt), b64.EncodeToString(c.sum(password, salt))), nil
}

func (c cost) sum(password string, salt []byte) []byte {
	return argon2.IDKey(secretText(password), salt, c.passes, c.memory, c.threads, hashSize)
}

// seal is what is kept of a password, read.
type seal struct {
	cost
	salt, sum []byte
}

// readSeal reads what sealed made. Parameters that would take seconds or
// gigabytes are refused.
func readSeal(text string) (seal, error) {
	var s seal
	var version int
	var salt, sum string
	parts := strings.Split(text, "$")
	if len(parts) == 6 {
		salt, sum = parts[4], parts[5]
	}
	head := strings.Join(parts[:min(len(parts), 4)], "$")
	_, err := fmt.Sscanf(head, "$argon2id$v=%d$m=%d,t=%d,p=%d", &version, &s.memory, &s.passes, &s.threads)
	again := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d", version, s.memory, s.passes, s.threads)
	if err != nil || again != head || version != argon2.Version {
		return seal{}, errors.New("password: it is not argon2id as this version writes it; set it anew")
	}
	if s.memory < 8*uint32(s.threads) || s.memory > 256<<10 || s.passes < 1 || s.passes > 16 || s.threads < 1 || s.threads > 16 {
		return seal{}, errors.New("password: argon2id's parameters are out of bounds; set it anew")
	}
	if s.salt, err = base64.RawStdEncoding.Strict().DecodeString(salt); err == nil {
		s.sum, err = base64.RawStdEncoding.Strict().DecodeString(sum)
	}
	if err != nil || len(s.salt) != saltSize || len(s.sum) != hashSize {
		return seal{}, errors.New("password: its salt or sum is damaged; set it anew")
	}
	return s, nil
}

func (s seal) opens(password string) bool {
	return subtle.ConstantTimeCompare(s.sum, s.cost.sum(password, s.salt)) == 1
}

// reckoner bounds how many passwords are reckoned at a time, for the memory that
// each takes, and how many wait.
type reckoner struct {
	places chan struct{}
	queue  chan struct{}
}

func newReckoner() *reckoner {
	return &reckoner{
		places: make(chan struct{}, max(1, min(4, runtime.GOMAXPROCS(0)))),
		queue:  make(chan struct{}, maxWaiting),
	}
}

// do calls fn when there is a place.
func (r *reckoner) do(ctx context.Context, fn func()) error {
	select {
	case r.queue <- struct{}{}:
	default:
		return ErrBusy
	}
	defer func() { <-r.queue }()
	select {
	case r.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.places }()
	fn()
	return nil
}

// draw gives n random bytes as lower-case letters and digits that are not
// mistaken for one another when they are read out.
func draw(n int) (string, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base32.NewEncoding("abcdefghjkmnpqrstuvwxyz023456789").WithPadding(base32.NoPadding).EncodeToString(b), nil
}

// inFours puts a dash after every fourth letter.
func inFours(text string) string {
	var out strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// NewPassword draws a password of 100 random bits.
func NewPassword() (string, error) {
	text, err := draw(13)
	if err != nil {
		return "", err
	}
	return inFours(text[:20]), nil
}
