package access

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/internal/clocktest"
	"vedette/internal/durable"
)

const good = "a long enough password"

// wall is a clock that is set by hand.
type wall = clocktest.Clock

func clock() *wall { return clocktest.At(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)) }

type fataler interface{ Fatal(...any) }

// openAt opens a store whose passwords are cheap to reckon.
func openAt(t fataler, path string, w *wall) *Store {
	s, err := Open(Options{Path: path, Clock: w.Now, Log: slog.New(slog.DiscardHandler), cost: cost{8, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opened(t *testing.T) (*Store, *wall) {
	t.Helper()
	w := clock()
	s := openAt(t, filepath.Join(t.TempDir(), "access.json"), w)
	t.Cleanup(func() { _ = s.Close() })
	return s, w
}

func add(t fataler, s *Store, name string, roles ...Role) {
	if err := s.Add(context.Background(), User{Name: name, Roles: roles, Groups: []string{"Blue"}}, good); err != nil {
		t.Fatal(err)
	}
}

// reopen closes the store and opens it again.
func reopen(t fataler, s *Store, w *wall) *Store {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return openAt(t, s.opts.Path, w)
}

func TestTheTableOfRoles(t *testing.T) {
	want := map[Role]string{
		Viewer:   "[see-picture]",
		Operator: "[see-picture report-in operate]",
		Planner:  "[see-picture see-restricted report-in plan]",
		Admin:    "[see-picture see-restricted report-in operate plan administer]",
		Auditor:  "[audit]",
	}
	for _, r := range Roles() {
		if got := fmt.Sprint(Granted(r)); got != want[r] {
			t.Errorf("%s: %s, want %s", r, got, want[r])
		}
	}
	if got := fmt.Sprint(Granted(Operator, Planner)); got != "[see-picture see-restricted report-in operate plan]" {
		t.Error(got)
	}
	if got := Granted("king"); len(got) != 0 {
		t.Error(got)
	}
	for _, roles := range [][]Role{nil, {"king"}, {Viewer, Viewer}, {Admin, Auditor}} {
		if CheckRoles(roles) == nil {
			t.Errorf("%v pass", roles)
		}
	}
	if (Principal{Roles: []Role{Admin}}).May(SeePicture) {
		t.Error("a principal that nobody vouched for may something")
	}
}

func TestAPrincipalTravelsInAContext(t *testing.T) {
	if _, ok := From(t.Context()); ok {
		t.Error("somebody is there")
	}
	p, ok := From(With(t.Context(), Console("root")))
	if !ok || p.Name != "root" || p.How != "console" || !p.May(ReadAudit) || !p.May(Administer) {
		t.Error(p)
	}
}

func TestTheFirstStartMakesOneAdmin(t *testing.T) {
	s, w := opened(t)
	password, err := s.First(t.Context())
	if err != nil || len(password) < 20 {
		t.Fatal(password, err)
	}
	if again, err := s.First(t.Context()); err != nil || again != "" {
		t.Error("made twice", err)
	}
	s = reopen(t, s, w)
	defer func() { _ = s.Close() }()
	p, err := s.Check(t.Context(), Attempt{Name: "Admin ", Password: password})
	if err != nil || p.Name != "admin" || !p.May(Administer) || p.How != "password" {
		t.Error(p, err)
	}
	text, err := os.ReadFile(s.opts.Path)
	if err != nil || strings.Contains(string(text), password) {
		t.Error("the password is in the file", err)
	}
}

func TestUsersAreKept(t *testing.T) {
	s, w := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "anna", Operator, Planner)
	if err := s.Add(t.Context(), User{Name: "anna", Roles: []Role{Viewer}}, ""); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if err := s.SetGroups("anna", []string{"Red", "Post 3"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRoles("anna", []Role{Viewer}); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(s.Users())
	s = reopen(t, s, w)
	defer func() { _ = s.Close() }()
	if got := fmt.Sprint(s.Users()); got != want || !strings.Contains(got, "{anna [viewer] [Red Post 3] 2026-05-01") {
		t.Error(got)
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(s.opts.Path); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
	}
	if err := s.Remove("anna"); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{s.Remove("anna"), s.SetRoles("anna", []Role{Viewer}), s.SetGroups("anna", nil), s.SetPassword(t.Context(), "anna", good)} {
		if !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
	}
	if _, err := s.ByCertificate("anna", "00"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

func TestACertificateGivesWhatAPhoneMay(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "otto", Auditor)
	p, err := s.ByCertificate("root", "0123")
	if err != nil || p.How != "certificate 0123" || fmt.Sprint(p.Permissions()) != "[see-picture report-in operate]" || p.Groups[0] != "Blue" {
		t.Error(p, err)
	}
	if p, err := s.ByCertificate("otto", "0123"); err != nil || len(p.Permissions()) != 0 {
		t.Error(p.Permissions(), err)
	}
}

func TestSomebodyMayAlwaysAdminister(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "anna", Viewer)
	for _, err := range []error{s.Remove("root"), s.SetRoles("root", []Role{Planner})} {
		if !errors.Is(err, ErrLastOne) {
			t.Error(err)
		}
	}
	if err := s.SetRoles("anna", []Role{Admin}); err != nil {
		t.Error(err)
	}
	if err := s.Remove("root"); err != nil {
		t.Error(err)
	}
}

func TestBadUsersAndPasswordsAreRefused(t *testing.T) {
	s, _ := opened(t)
	for want, u := range map[string]User{
		"name:":   {Name: "Anna Lee", Roles: []Role{Viewer}},
		"roles:":  {Name: "anna", Roles: []Role{"king"}},
		"groups:": {Name: "anna", Roles: []Role{Viewer}, Groups: []string{"a", "a"}},
	} {
		if err := s.Add(t.Context(), u, good); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for _, group := range []string{"", " a", "a\n", strings.Repeat("a", maxText+1), "\xff"} {
		if err := s.Add(t.Context(), User{Name: "anna", Roles: []Role{Viewer}, Groups: []string{group}}, good); err == nil {
			t.Errorf("group %q passes", group)
		}
	}
	for _, password := range []string{"short", "elevenchars", "this-is-Anna-here", strings.Repeat("x", 20), strings.Repeat("ab", MaxPassword), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
		err := s.Add(t.Context(), User{Name: "anna", Roles: []Role{Viewer}}, password)
		if err == nil || !strings.Contains(err.Error(), "password:") || strings.Contains(err.Error(), password) {
			t.Errorf("password %.20q: %v", password, err)
		}
	}
	if len(s.Users()) != 0 {
		t.Error(s.Users())
	}
}

func TestOneProcessAtATime(t *testing.T) {
	s, _ := opened(t)
	if _, err := Open(Options{Path: s.opts.Path}); !errors.Is(err, durable.ErrLocked) || !strings.Contains(err.Error(), "the server is running") {
		t.Error(err)
	}
}

func TestAChangeThatCannotBeWrittenDoesNotCount(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "root", Admin)
	dir := filepath.Dir(s.opts.Path)
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(t.Context(), User{Name: "anna", Roles: []Role{Viewer}}, good); err == nil {
		t.Error("written to nowhere")
	}
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.User("anna"); !errors.Is(err, ErrUnknown) {
		t.Error("a user who is not on disk", err)
	}
	add(t, s, "anna", Viewer)
}

func TestADamagedFileIsRefused(t *testing.T) {
	s, w := opened(t)
	add(t, s, "root", Admin)
	add(t, s, "anna", Viewer)
	if _, _, err := s.MakeToken("anna", "tracker", []Permission{SeePicture}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(s.opts.Path)
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) []byte {
		changed := strings.Replace(string(whole), old, new, 1)
		if changed == string(whole) {
			t.Fatalf("%q is not in the file", old)
		}
		return []byte(changed)
	}
	for name, text := range map[string][]byte{
		"cut short":            whole[:len(whole)/2],
		"empty":                {},
		"more behind it":       append(slices.Clone(whole), '{', '}'),
		"an unknown field":     swap(`"version": 1,`, `"version": 1, "x": 1,`),
		"a doubled field":      swap(`"version": 1,`, "\"version\": 1,\n\t\"version\": 1,"),
		"another case":         swap(`"version"`, `"Version"`),
		"another version":      swap(`"version": 1`, `"version": 2`),
		"an unknown role":      swap(`"viewer"`, `"king"`),
		"an auditor with more": swap(`"viewer"`, "\"viewer\",\n\t\t\t\t\"auditor\""),
		"names out of order":   swap(`"anna"`, `"zoe"`),
		"a name twice":         swap(`"anna"`, `"root"`),
		"no argon2":            swap("$argon2id$", "$argon2i$"),
		"argon2 without end":   swap("m=8,", "m=4000000000,"),
		"a token for more":     swap(`"see-picture"`, `"everything"`),
		"a token without end":  swap(`"until": "2026`, `"until": "2126`),
	} {
		if err := os.WriteFile(s.opts.Path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s.opts); err == nil || !strings.Contains(err.Error(), "restore it from a backup") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(s.opts.Path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if again := openAt(t, s.opts.Path, w); len(again.Users()) != 2 || again.Close() != nil {
		t.Error("the whole file is refused")
	}
}

// checkFew draws a quarter of the usual number of lives: each syncs its files
// some dozens of times. A number on the command line holds.
func checkFew(t *testing.T, prop func(*rapid.T)) {
	t.Helper()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }() // it was a number before
	}
	rapid.Check(t, prop)
}

// TestTheStoreIsAsTheModelSays draws a life of the store.
func TestTheStoreIsAsTheModelSays(t *testing.T) {
	root := t.TempDir()
	checkFew(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		w := clock()
		s := openAt(t, filepath.Join(dir, "access.json"), w)
		defer func() { _ = s.Close() }()
		roles := map[string]Role{}
		tokens := map[string]string{} // secret to name
		name := rapid.SampledFrom([]string{"a", "b", "c"})
		admins := func() (n int) {
			for _, r := range roles {
				if r == Admin {
					n++
				}
			}
			return n
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				who, r := name.Draw(t, "who"), rapid.SampledFrom(Roles()).Draw(t, "role")
				_, there := roles[who]
				if err := s.Add(context.Background(), User{Name: who, Roles: []Role{r}}, ""); (err == nil) == there {
					t.Fatal(err)
				}
				if !there {
					roles[who] = r
				}
			},
			"remove": func(t *rapid.T) {
				who := name.Draw(t, "who")
				r, there := roles[who]
				want := there && (r != Admin || admins() > 1)
				if err := s.Remove(who); (err == nil) != want {
					t.Fatal(err)
				}
				if want {
					delete(roles, who)
					for secret, of := range tokens {
						if of == who {
							delete(tokens, secret)
						}
					}
				}
			},
			"token": func(t *rapid.T) {
				who, may := name.Draw(t, "who"), rapid.SampledFrom(Permissions()).Draw(t, "may")
				want := slices.Contains(Granted(roles[who]), may)
				secret, _, err := s.MakeToken(who, "drawn", []Permission{may}, time.Hour)
				if (err == nil) != want {
					t.Fatal(err)
				}
				if want {
					tokens[secret] = who
				}
			},
			"restart": func(t *rapid.T) { s = reopen(t, s, w) },
			"": func(t *rapid.T) {
				if len(s.Users()) != len(roles) {
					t.Fatal(s.Users(), roles)
				}
				for secret, who := range tokens {
					p, err := s.ByToken(secret)
					if err != nil || p.Name != who || len(p.Permissions()) != 1 {
						t.Fatal(p, err)
					}
				}
			},
		})
	})
}

func TestManyAtOnce(t *testing.T) {
	s, _ := opened(t)
	add(t, s, "root", Admin)
	told := make(chan string, 1000)
	defer s.OnChange(func(name string) { told <- name })()
	var group sync.WaitGroup
	for i := range 4 {
		name := fmt.Sprint("user", i)
		group.Go(func() {
			add(t, s, name, Operator)
			secret, _, err := s.Login(context.Background(), Attempt{Name: name, Password: good})
			if err != nil {
				t.Error(err)
			}
			for range 5 {
				token, made, err := s.MakeToken(name, "t", []Permission{Operate}, time.Hour)
				if err != nil {
					t.Error(err)
				}
				if p, err := s.ByToken(token); err != nil || p.Name != name {
					t.Error(p, err)
				}
				if p, err := s.Session(secret); err != nil || p.Name != name {
					t.Error(p, err)
				}
				if err := s.RevokeToken(made.ID); err != nil {
					t.Error(err)
				}
			}
			if err := s.Remove(name); err != nil {
				t.Error(err)
			}
			if _, err := s.Session(secret); !errors.Is(err, ErrDenied) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(s.Users()) != 1 || len(told) != 24 {
		t.Error(s.Users(), len(told))
	}
}

func FuzzFile(f *testing.F) {
	dir := f.TempDir()
	w := clock()
	s := openAt(f, filepath.Join(dir, "access.json"), w)
	add(f, s, "root", Admin)
	if _, _, err := s.MakeToken("root", "t", []Permission{Plan}, time.Hour); err != nil {
		f.Fatal(err)
	}
	if _, _, err := s.Invite("root", time.Hour); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(s.opts.Path)
	if err != nil {
		f.Fatal(err)
	}
	_ = s.Close()
	f.Add(text)
	f.Add([]byte("{\n\t\"version\": 1,\n\t\"users\": [],\n\t\"invitations\": null\n}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := decode(text)
		if err != nil {
			return
		}
		again, err := read.encode()
		if err != nil || string(again) != string(text) {
			t.Fatalf("what is read does not survive writing: %v", err)
		}
		for name, a := range read.by {
			if a.Name != name || CheckRoles(a.Roles) != nil {
				t.Fatal(a)
			}
		}
	})
}
