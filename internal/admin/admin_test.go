package admin

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"vedette/internal/access"
	"vedette/internal/ca"
	"vedette/internal/durable"
	"vedette/internal/journal"
)

// office is a desk with what the tests look behind it for.
type office struct {
	*Desk
	data    string
	journal *journal.Journal
}

func opened(t *testing.T) office {
	t.Helper()
	o := office{Desk: &Desk{}, data: t.TempDir()}
	quiet := slog.New(slog.DiscardHandler)
	uo, co, jo := UsersOptions(o.data), CAOptions(o.data), JournalOptions(o.data)
	uo.Log, co.Log, jo.Log = quiet, quiet, quiet
	var errs [4]error
	o.Users, errs[0] = access.Open(uo)
	o.CA, errs[1] = ca.Open(co)
	o.journal, errs[2] = journal.Open(t.Context(), jo)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(o.journal.Close(), o.CA.Close(), o.Users.Close()) })
	if o.Audit, errs[3] = access.OpenAudit(t.Context(), o.journal.Events, time.Now); errs[3] != nil {
		t.Fatal(errs[3])
	}
	return o
}

func asRoot(t *testing.T) context.Context { return access.With(t.Context(), access.Console("root")) }

func add(t *testing.T, o office, name string, roles ...access.Role) {
	t.Helper()
	if _, err := o.AddUser(asRoot(t), AddUser{Name: name, Roles: roles, NoPassword: true}); err != nil {
		t.Fatal(err)
	}
}

// trail gives what was written down, one line each.
func (o office) trail(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	_, err := access.Verify(t.Context(), o.journal.Events, func(e access.Entry) error {
		fmt.Fprintf(&out, "%s (%s) %s %s: %s\n", e.Who, e.How, e.What, e.Object, e.Outcome)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestActsAreWrittenDownBeforeAndAfter(t *testing.T) {
	o := opened(t)
	add(t, o, "anna", access.Viewer)
	if _, err := o.AddUser(asRoot(t), AddUser{Name: "anna", Roles: []access.Role{access.Viewer}}); !errors.Is(err, access.ErrExists) {
		t.Error(err)
	}
	want := `root (console) user.add anna [viewer] []: begun
root (console) user.add anna [viewer] []: done
root (console) user.add anna [viewer] []: begun
root (console) user.add anna [viewer] []: failed: access: there is such a user already: "anna"
`
	if got := o.trail(t); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// byToken gives a user who may do all that they may.
func byToken(t *testing.T, o office, name string, may []access.Permission) access.Principal {
	t.Helper()
	made, err := o.MakeToken(asRoot(t), MakeToken{name, "test", may, time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.Users.ByToken(made.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNobodyButAnAdministratorActs(t *testing.T) {
	o := opened(t)
	add(t, o, "root2", access.Admin)
	add(t, o, "paula", access.Planner, access.Operator)
	add(t, o, "otto", access.Auditor)
	acts := map[string]func(context.Context) error{
		"user.add": func(ctx context.Context) error {
			_, err := o.AddUser(ctx, AddUser{Name: "x", Roles: []access.Role{access.Viewer}})
			return err
		},
		"user.remove":   func(ctx context.Context) error { _, err := o.RemoveUser(ctx, RemoveUser{Name: "otto"}); return err },
		"user.password": func(ctx context.Context) error { _, err := o.SetPassword(ctx, SetPassword{Name: "otto"}); return err },
		"user.roles": func(ctx context.Context) error {
			_, err := o.SetRoles(ctx, SetRoles{Name: "otto", Roles: []access.Role{access.Admin}})
			return err
		},
		"token.make": func(ctx context.Context) error {
			_, err := o.MakeToken(ctx, MakeToken{"paula", "x", []access.Permission{access.Plan}, time.Hour})
			return err
		},
		"token.revoke":      func(ctx context.Context) error { return o.RevokeToken(ctx, "00000000") },
		"certificate.issue": func(ctx context.Context) error { _, err := o.Issue(ctx, "otto"); return err },
		"certificate.package": func(ctx context.Context) error {
			_, err := o.Package(ctx, Package{Name: "otto", Server: server()})
			return err
		},
		"certificate.invite": func(ctx context.Context) error {
			_, err := o.Invite(ctx, Invite{"otto", server(), time.Hour})
			return err
		},
		"certificate.revoke": func(ctx context.Context) error {
			_, err := o.Revoke(ctx, Revoke{Who: "held", Reason: "x", DryRun: true})
			return err
		},
	}
	if _, err := o.CA.Issue("held", "test"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"paula", "otto", "nobody"} {
		ctx := t.Context()
		if u, err := o.Users.User(name); err == nil {
			ctx = access.With(ctx, byToken(t, o, name, access.Granted(u.Roles...)))
		}
		for what, act := range acts {
			if err := act(ctx); !errors.Is(err, ErrRefused) {
				t.Errorf("%s does %s: %v", name, what, err)
			}
		}
		if _, err := o.RemoveUser(ctx, RemoveUser{Name: "otto", DryRun: true}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s looks: %v", name, err)
		}
	}
	if users, certs := len(o.Users.Users()), len(o.CA.Issued()); users != 3 || certs != 1 {
		t.Errorf("%d users, %d certificates", users, certs)
	}
	if n := strings.Count(o.trail(t), ": refused\n"); n != 3*len(acts) {
		t.Errorf("%d refusals were written down, want %d", n, 3*len(acts))
	}
}

func TestWhatCannotBeWrittenDownIsNotDone(t *testing.T) {
	o := opened(t)
	if err := o.journal.Close(); err != nil {
		t.Fatal(err)
	}
	made, err := o.AddUser(asRoot(t), AddUser{Name: "anna", Roles: []access.Role{access.Viewer}})
	if !errors.Is(err, journal.ErrClosed) || !strings.Contains(err.Error(), "was not begun") || made.Password != "" {
		t.Error(made, err)
	}
	if _, err := o.Users.User("anna"); !errors.Is(err, access.ErrUnknown) {
		t.Error("it was done all the same")
	}
}

func TestALostPhoneIsShutOutThoughItCannotBeWrittenDown(t *testing.T) {
	o := opened(t)
	add(t, o, "anna", access.Viewer)
	made, err := o.Issue(asRoot(t), "anna")
	if err != nil {
		t.Fatal(err)
	}
	p := byToken(t, o, "anna", []access.Permission{access.SeePicture})
	if err := o.journal.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := access.With(t.Context(), p)
	if _, err := o.Revoke(ctx, Revoke{Who: "anna", Reason: "lost"}); !errors.Is(err, ErrRefused) || o.CA.Revoked(made.Entry.Serial) {
		t.Error("somebody who may not has shut it out:", err)
	}
	done, err := o.Revoke(asRoot(t), Revoke{Who: "anna", Reason: "lost"})
	if !errors.Is(err, journal.ErrClosed) || !strings.Contains(err.Error(), "certificate.revoke (done) could not be written down") {
		t.Error(err)
	}
	if len(done) != 1 || !o.CA.Revoked(made.Entry.Serial) {
		t.Error("it is not shut out")
	}
}

func TestARemovedUsersCertificatesAreRevoked(t *testing.T) {
	o := opened(t)
	add(t, o, "root2", access.Admin)
	add(t, o, "anna", access.Viewer)
	made, err := o.Issue(asRoot(t), "anna")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.MakeToken(asRoot(t), MakeToken{"anna", "x", []access.Permission{access.SeePicture}, time.Hour}); err != nil {
		t.Fatal(err)
	}
	gone, err := o.RemoveUser(asRoot(t), RemoveUser{Name: "anna", DryRun: true})
	if err != nil || !gone.DryRun || len(gone.Certificates) != 1 || len(gone.Tokens) != 1 || o.CA.Revoked(made.Entry.Serial) {
		t.Error(gone, err)
	}
	gone, err = o.RemoveUser(asRoot(t), RemoveUser{Name: "anna"})
	if err != nil || len(gone.Certificates) != 1 || len(gone.Tokens) != 1 || !o.CA.Revoked(made.Entry.Serial) {
		t.Error(gone, err)
	}
	if _, err := o.RemoveUser(asRoot(t), RemoveUser{Name: "root2"}); !errors.Is(err, access.ErrLastOne) {
		t.Error(err)
	}
}

func TestNoSecretIsWrittenDown(t *testing.T) {
	o := opened(t)
	made, err := o.AddUser(asRoot(t), AddUser{Name: "anna", Roles: []access.Role{access.Operator}})
	if err != nil || made.Password == "" {
		t.Fatal(err)
	}
	again, err := o.SetPassword(asRoot(t), SetPassword{Name: "anna"})
	if err != nil || again.Password == made.Password {
		t.Fatal(err)
	}
	const bad = "short-secret"
	if _, err := o.SetPassword(asRoot(t), SetPassword{Name: "anna", Password: bad[:11]}); err == nil {
		t.Fatal("too short")
	}
	token, err := o.MakeToken(asRoot(t), MakeToken{"anna", "x", []access.Permission{access.Operate}, time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := o.Issue(asRoot(t), "anna")
	if err != nil {
		t.Fatal(err)
	}
	invitation, err := o.Invite(asRoot(t), Invite{"anna", server(), time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{made.Password, again.Password, bad[:11], token.Secret, token.Secret[4:], cert.Password, cert.Key, invitation.Token}
	err = filepath.Walk(o.data, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for i, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("secret %d is in %s", i, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(o.trail(t), "token.make anna") {
		t.Error("the acts are not there either")
	}
}

func server() Server { return Server{Title: "Vedette", Host: "post.example", Port: 8089} }

func TestADataPackageHoldsACertificateThatIsLetIn(t *testing.T) {
	o := opened(t)
	made, err := o.Package(asRoot(t), Package{Name: "anna", Server: server()})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	z, err := zip.NewReader(bytes.NewReader(made.Zip), int64(len(made.Zip)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		var text bytes.Buffer
		r, err := f.Open()
		if err == nil {
			_, err = text.ReadFrom(r)
		}
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = text.Bytes()
	}
	_, password, _ := strings.Cut(string(files["certs/config.pref"]), `"clientPassword" class="class java.lang.String">`)
	password, _, _ = strings.Cut(password, "<")
	_, cert, _, err := pkcs12.DecodeChain(files["certs/client.p12"], password)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := o.CA.Verify(cert); err != nil || id.Name != "anna" || id.Serial != made.Entry.Serial {
		t.Error(id, err)
	}
	for _, ask := range []Package{{Name: "anna"}, {Name: "anna", Server: Server{Host: "a", Port: 1}}, {Name: "Anna", Server: server()}} {
		if _, err := o.Package(asRoot(t), ask); err == nil {
			t.Errorf("%v is made", ask)
		}
	}
	if enroll, err := o.Package(asRoot(t), Package{Name: "anna", Server: server(), Enroll: true}); err != nil || enroll.Entry != nil {
		t.Error(err)
	}
	if n := len(o.CA.Issued()); n != 1 {
		t.Errorf("%d certificates were issued, for packages that came to nothing too", n)
	}
}

func TestAnInvitationLetsItsUserEnroll(t *testing.T) {
	o := opened(t)
	add(t, o, "anna", access.Viewer)
	made, err := o.Invite(asRoot(t), Invite{"anna", server(), time.Hour})
	if err != nil || made.ITAK != "Vedette,post.example,8089,ssl" || !strings.Contains(made.ATAK, "host=post.example&username=anna&token="+made.Token) {
		t.Fatal(made, err)
	}
	if p, err := o.Users.Redeem("anna", made.Token); err != nil || p.Name != "anna" {
		t.Error(p, err)
	}
	for _, ask := range []Invite{{"zoe", server(), time.Hour}, {"anna", Server{}, time.Hour}, {"anna", Server{Host: "a"}, time.Hour}, {"anna", server(), 0}} {
		if _, err := o.Invite(asRoot(t), ask); err == nil {
			t.Errorf("%v is made", ask)
		}
	}
}

// request makes a certificate request of a phone.
func request(t *testing.T) []byte {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestAPhoneEnrollsByItsInvitationOnce(t *testing.T) {
	o := opened(t)
	add(t, o, "anna", access.Viewer)
	made, err := o.Invite(asRoot(t), Invite{"anna", server(), time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ask := Enroll{Name: "Anna", Secret: made.Token, Request: []byte("rubbish")}
	if _, err := o.Enroll(t.Context(), ask); err == nil || !strings.Contains(err.Error(), "certificate request") {
		t.Error(err)
	}
	if p, err := o.Known(t.Context(), ask); err != nil || p.Name != "anna" {
		t.Error("rubbish used the invitation up:", err)
	}
	ask.Request = request(t)
	got, err := o.Enroll(t.Context(), ask)
	if err != nil || got.By.Name != "anna" || !bytes.Equal(got.Authority, o.CA.PEM()) {
		t.Fatal(got, err)
	}
	if id, err := o.CA.Verify(got.Certificate); err != nil || id.Name != "anna" {
		t.Error(id, err)
	}
	if _, err := o.Enroll(t.Context(), ask); !errors.Is(err, access.ErrDenied) {
		t.Error("twice:", err)
	}
	trail := o.trail(t)
	if !strings.Contains(trail, "anna (invitation) certificate.enroll anna: failed: ca: certificate request") ||
		!strings.Contains(trail, "anna (invitation) certificate.enroll anna "+serial(t, got.Certificate)+": done") {
		t.Error(trail)
	}
}

func serial(t *testing.T, cert *x509.Certificate) string {
	t.Helper()
	s, ok := ca.SerialOf(cert.SerialNumber)
	if !ok {
		t.Fatal(cert.SerialNumber)
	}
	return s.String()
}

func TestAPhoneEnrollsByItsUsersPassword(t *testing.T) {
	o := opened(t)
	for name, role := range map[string]access.Role{"anna": access.Operator, "otto": access.Auditor} {
		if _, err := o.AddUser(asRoot(t), AddUser{Name: name, Roles: []access.Role{role}, Password: "correct horse battery"}); err != nil {
			t.Fatal(err)
		}
	}
	ask := Enroll{Name: "anna", Secret: "correct horse battery", Request: request(t)}
	if _, err := o.Enroll(t.Context(), ask); err != nil {
		t.Error(err)
	}
	ask.Name = "otto"
	if _, err := o.Enroll(t.Context(), ask); !errors.Is(err, ErrRefused) {
		t.Error("an auditor has a phone on the line:", err)
	}
	ask.Secret = "wrong horse battery"
	var slow *access.Slow
	for range 20 {
		_, err := o.Enroll(t.Context(), ask)
		if errors.As(err, &slow) {
			break
		}
		if !errors.Is(err, access.ErrDenied) {
			t.Fatal(err)
		}
	}
	if slow == nil {
		t.Error("passwords are guessed without end")
	}
	if err := o.journal.Close(); err != nil {
		t.Fatal(err)
	}
	ask.Name, ask.Secret = "anna", "correct horse battery"
	if _, err := o.Enroll(t.Context(), ask); !errors.Is(err, journal.ErrClosed) || len(o.CA.Issued()) != 1 {
		t.Error("enrolled and not written down:", err)
	}
}

func TestRolesGroupsTokensAndRevocations(t *testing.T) {
	o := opened(t)
	add(t, o, "anna", access.Viewer)
	groups := []string{"Red"}
	u, err := o.SetRoles(asRoot(t), SetRoles{Name: "anna", Roles: []access.Role{access.Operator}, Groups: &groups})
	if err != nil || fmt.Sprint(u.Roles, u.Groups) != "[operator] [Red]" {
		t.Fatal(u, err)
	}
	made, err := o.MakeToken(asRoot(t), MakeToken{"anna", "x", []access.Permission{access.Operate}, time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.RevokeToken(asRoot(t), made.Token.ID); err != nil {
		t.Error(err)
	}
	if _, err := o.Users.ByToken(made.Secret); !errors.Is(err, access.ErrDenied) {
		t.Error(err)
	}
	cert, err := o.Issue(asRoot(t), "anna")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := o.Revoke(asRoot(t), Revoke{Who: "anna", Reason: "lost", DryRun: true}); err != nil || len(found) != 1 || o.CA.Revoked(cert.Entry.Serial) {
		t.Error(found, err)
	}
	if done, err := o.Revoke(asRoot(t), Revoke{Who: cert.Entry.Serial.String(), Reason: "lost"}); err != nil || len(done) != 1 || !o.CA.Revoked(cert.Entry.Serial) {
		t.Error(done, err)
	}
	if _, err := o.Revoke(asRoot(t), Revoke{Who: "anna", Reason: "lost"}); err == nil {
		t.Error("nothing is left to revoke")
	}
}

// TestWhatIsAskedAndGivenSurvivesJSON: it may come from another process.
func TestWhatIsAskedAndGivenSurvivesJSON(t *testing.T) {
	o := opened(t)
	add(t, o, "anna", access.Operator)
	cert, err := o.Issue(asRoot(t), "anna")
	if err != nil {
		t.Fatal(err)
	}
	token, err := o.MakeToken(asRoot(t), MakeToken{"anna", "x", []access.Permission{access.Operate}, time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	groups := []string{}
	for _, v := range []any{
		cert, token,
		AddUser{"a", []access.Role{access.Admin}, []string{"g"}, "p", true},
		RemoveUser{"a", true}, SetPassword{"a", "p"}, SetRoles{"a", nil, &groups}, Revoke{"a", "r", true},
		MakeToken{"a", "l", []access.Permission{access.Plan}, time.Hour},
		Package{"a", server(), true}, Invite{"a", server(), time.Hour},
	} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		again := reflect.New(reflect.TypeOf(v))
		if err := json.Unmarshal(text, again.Interface()); err != nil || !reflect.DeepEqual(again.Elem().Interface(), v) {
			t.Errorf("%T: %v\n%v", v, err, text)
		}
	}
}

func TestADeskIsOpenedWholeOrNotAtAll(t *testing.T) {
	data := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	d, stop, err := Open(t.Context(), data, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddUser(asRoot(t), AddUser{Name: "anna", Roles: []access.Role{access.Viewer}}); err != nil {
		t.Error(err)
	}
	if _, _, err := Open(t.Context(), data, quiet); !errors.Is(err, durable.ErrLocked) {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	held, err := journal.Open(t.Context(), func() journal.Options { o := JournalOptions(data); o.Log = quiet; return o }())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(t.Context(), data, quiet); !errors.Is(err, durable.ErrLocked) {
		t.Error(err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if _, stop, err = Open(t.Context(), data, quiet); err != nil || stop() != nil {
		t.Error("what was open when the journal was not stays locked:", err)
	}
}
