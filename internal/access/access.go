// Package access knows who may come in and what they may do: users with roles
// and groups, their passwords, sessions, API tokens and invitations, and the
// audit trail.
//
// A Principal is who is at the other end of a request; it comes out of a
// session, a token, a password, an invitation or a certificate's name, and is
// always of the user as they are now. What it may do stands in one table, see
// Granted.
//
// The store is one JSON file of the owner's, read strictly and replaced whole;
// a change is on disk when its method returns. It holds no secret that opens
// anything: passwords as argon2id, tokens and invitations as SHA-256 of random
// bits. Sessions lie in memory and end with the process. No error and no log
// line holds a secret.
//
// The file belongs to one process at a time. Times come from Options.Clock.
package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vedette/internal/durable"
)

// The errors that a caller tells apart.
var (
	ErrDenied   = errors.New("access: denied")                       // wrong, over, used or taken back; which is not said
	ErrUnknown  = errors.New("access: there is no such user")        // or token
	ErrExists   = errors.New("access: there is such a user already") //
	ErrLastOne  = errors.New("access: nobody would be left who may administer")
	errTooLarge = errors.New("access: that is more than fits")
)

// Options say where the store is. The zero value of every field but Path is a
// default.
type Options struct {
	Path     string           // of the file; it is made with the first change
	Idle     time.Duration    // after which a session ends that is not used; an hour
	Absolute time.Duration    // after which any session ends; 12 hours
	Clock    func() time.Time // time.Now
	Log      *slog.Logger     // slog.Default()

	cost cost
}

func (o Options) withDefaults() (Options, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Idle == 0 {
		o.Idle = time.Hour
	}
	if o.Absolute == 0 {
		o.Absolute = 12 * time.Hour
	}
	if o.cost == (cost{}) {
		o.cost = defaultCost()
	}
	switch {
	case o.Path == "":
		return o, errors.New("access: no file given; set Path")
	case o.Idle < 0 || o.Absolute < 0:
		return o, errors.New("access: a session cannot last less than no time; leave Idle and Absolute zero for their defaults")
	}
	return o, nil
}

// Store is an open store. Its methods may be called by several goroutines at a
// time.
type Store struct {
	opts  Options
	lock  io.Closer
	dummy seal // checked where there is no password to check

	writing sync.Mutex // orders changes
	current atomic.Pointer[state]

	reckoner *reckoner
	brakes   brakes
	sessions sessions
	uses     uses
	cuts     cuts
}

// Open opens the store. The error wraps durable.ErrLocked where another process
// has it.
func Open(opts Options) (*Store, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := durable.Folder(filepath.Dir(opts.Path)); err != nil {
		return nil, fmt.Errorf("access: %w", err)
	}
	s := &Store{opts: opts, reckoner: newReckoner()}
	if s.lock, err = durable.Lock(opts.Path + ".lock"); err != nil {
		return nil, fmt.Errorf("access: %w: the server is running; stop it first, or ask it to do this", err)
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("access: %w", err), s.lock.Close())
	}
	return s, nil
}

func (s *Store) load() error {
	text, err := sealed("a password that nobody has", s.opts.cost)
	if err != nil {
		return err
	}
	if s.dummy, err = readSeal(text); err != nil {
		return err
	}
	if err := durable.Tidy(s.opts.Path); err != nil {
		return err
	}
	first := &state{Version: fileVersion, Users: []account{}, Invitations: []invitation{}}
	raw, err := durable.Read(s.opts.Path, maxFile)
	if err == nil {
		if first, err = decode(raw); err != nil {
			return fmt.Errorf("read %s: %w; restore it from a backup", s.opts.Path, err)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.current.Store(first)
	return nil
}

// Close writes down when tokens were last used, and gives the file free.
func (s *Store) Close() error {
	var err error
	if s.uses.any() {
		err = s.change(func(*state) error { return nil })
	}
	return errors.Join(err, s.lock.Close())
}

// change makes a new state out of the current one. It is written, and read as it
// will be read from disk, before it counts.
func (s *Store) change(fn func(*state) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	next, err := s.current.Load().clone()
	if err != nil {
		return err
	}
	if err := fn(next); err != nil {
		return err
	}
	s.uses.into(next)
	next.forget(s.opts.Clock())
	text, err := next.encode()
	if err != nil {
		return err
	}
	read, err := decode(text)
	if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	if err := durable.Write(s.opts.Path, text); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	s.current.Store(read)
	return nil
}

// now is the time as the file has it.
func (s *Store) now() time.Time { return s.opts.Clock().UTC().Truncate(time.Second) }

// User is somebody who may come in.
type User struct {
	Name   string    `json:"name"`
	Roles  []Role    `json:"roles"`
	Groups []string  `json:"groups"`
	Made   time.Time `json:"made"`
}

// Users gives all users, by name.
func (s *Store) Users() []User {
	var all []User
	for _, a := range s.current.Load().Users {
		all = append(all, a.User.clone())
	}
	return all
}

// User gives one of them.
func (s *Store) User(name string) (User, error) {
	if a := s.current.Load().by[name]; a != nil {
		return a.User.clone(), nil
	}
	return User{}, fmt.Errorf("%w: %.80q", ErrUnknown, name)
}

func (u User) clone() User {
	u.Roles, u.Groups = slices.Clone(u.Roles), slices.Clone(u.Groups)
	return u
}

// ByCertificate gives the user whom a certificate names that was verified. It may
// only what a phone in the field may: see Fielded.
func (s *Store) ByCertificate(name, serial string) (Principal, error) {
	a := s.current.Load().by[name]
	if a == nil {
		return Principal{}, fmt.Errorf("%w: %.80q", ErrUnknown, name)
	}
	return a.principal("certificate " + serial).only(Fielded()), nil
}

func (a *account) principal(how string) Principal {
	u := a.User.clone()
	return Principal{Name: u.Name, Roles: u.Roles, Groups: u.Groups, How: how, may: Granted(u.Roles...)}
}

// Add adds a user. Without a password they come in by certificate, token or
// invitation only.
func (s *Store) Add(ctx context.Context, u User, password string) error {
	a := account{User: u.clone(), Tokens: []tokenRecord{}}
	a.Made = s.now()
	if a.Groups == nil {
		a.Groups = []string{}
	}
	if err := a.User.check(); err != nil {
		return fmt.Errorf("access: %w", err)
	}
	var err error
	if password != "" {
		if a.Password, err = s.seal(ctx, u.Name, password); err != nil {
			return err
		}
	}
	return s.change(func(next *state) error {
		if next.by[u.Name] != nil {
			return fmt.Errorf("%w: %q", ErrExists, u.Name)
		}
		at, _ := slices.BinarySearchFunc(next.Users, u.Name, accountBefore)
		next.Users = slices.Insert(next.Users, at, a)
		return nil
	})
}

// seal reckons what is kept of a password that passes.
func (s *Store) seal(ctx context.Context, name, password string) (kept string, err error) {
	if err := checkPassword(name, password); err != nil {
		return "", fmt.Errorf("access: %w", err)
	}
	if e := s.reckoner.do(ctx, func() { kept, err = sealed(password, s.opts.cost) }); e != nil {
		return "", e
	}
	return kept, err
}

// First adds the user admin where nobody may administer, and gives the password,
// which is kept nowhere else: show it once. Otherwise it gives "".
func (s *Store) First(ctx context.Context) (password string, err error) {
	if s.current.Load().administered() {
		return "", nil
	}
	if password, err = NewPassword(); err != nil {
		return "", err
	}
	return password, s.Add(ctx, User{Name: "admin", Roles: []Role{Admin}}, password)
}

// Remove removes a user with all that lets them in but certificates, which are
// the authority's to revoke.
func (s *Store) Remove(name string) error {
	return s.changeUser(name, func(next *state, a *account) error {
		next.Users = slices.DeleteFunc(next.Users, func(other account) bool { return other.Name == name })
		next.Invitations = slices.DeleteFunc(next.Invitations, func(i invitation) bool { return i.Name == name })
		return s.keptAdmin(next)
	})
}

// keptAdmin refuses a change that takes away the last who may administer.
func (s *Store) keptAdmin(next *state) error {
	if s.current.Load().administered() && !next.administered() {
		return fmt.Errorf("%w; give somebody else the role %q first", ErrLastOne, Admin)
	}
	return nil
}

// SetPassword gives a user a new password; their sessions end.
func (s *Store) SetPassword(ctx context.Context, name, password string) error {
	if _, err := s.User(name); err != nil {
		return err
	}
	kept, err := s.seal(ctx, name, password)
	if err != nil {
		return err
	}
	return s.changeUser(name, func(_ *state, a *account) error {
		a.Password = kept
		return nil
	})
}

// SetRoles gives a user other roles; they hold with the next request.
func (s *Store) SetRoles(name string, roles []Role) error {
	return s.changeUser(name, func(next *state, a *account) error {
		a.Roles = slices.Clone(roles)
		if err := a.User.check(); err != nil {
			return fmt.Errorf("access: %w", err)
		}
		return s.keptAdmin(next)
	})
}

// SetGroups gives a user other groups; they hold with the next request.
func (s *Store) SetGroups(name string, groups []string) error {
	return s.changeUser(name, func(_ *state, a *account) error {
		a.Groups = append([]string{}, groups...)
		if err := a.User.check(); err != nil {
			return fmt.Errorf("access: %w", err)
		}
		return nil
	})
}

// changeUser changes one user, and tells those who watch.
func (s *Store) changeUser(name string, fn func(*state, *account) error) error {
	err := s.change(func(next *state) error {
		a := next.by[name]
		if a == nil {
			return fmt.Errorf("%w: %.80q", ErrUnknown, name)
		}
		return fn(next, a)
	})
	if err == nil {
		s.cuts.tell(name)
	}
	return err
}

// OnChange has fn called with the name of every user who is removed, or whose
// password, roles, groups, tokens or sessions change or are taken back, after it
// holds, by the goroutine that does it, until stop is called. Whoever serves a
// long answer asks anew then whether it may go on.
func (s *Store) OnChange(fn func(name string)) (stop func()) { return s.cuts.watch(fn) }

// cuts are those who watch.
type cuts struct {
	mu  sync.Mutex
	all map[*func(string)]bool
}

func (c *cuts) watch(fn func(string)) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[*func(string)]bool{}
	}
	c.all[&fn] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.all, &fn)
	}
}

func (c *cuts) tell(name string) {
	c.mu.Lock()
	var all []func(string)
	for fn := range c.all {
		all = append(all, *fn)
	}
	c.mu.Unlock()
	for _, fn := range all {
		fn(name)
	}
}
