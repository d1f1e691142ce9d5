package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"vedette/internal/admin"
	"vedette/internal/ca"
)

type caCommands struct {
	Init    caInit    `cmd:"" help:"Found the authority, if there is none, and say what it is."`
	Issue   caIssue   `cmd:"" help:"Make a client's certificate."`
	List    caList    `cmd:"" help:"List the certificates that were issued."`
	Revoke  caRevoke  `cmd:"" help:"Revoke certificates."`
	Package caPackage `cmd:"" help:"Write a data package that sets up ATAK."`
	QR      caQR      `cmd:"" name:"qr" help:"Show a QR code by which a phone enrolls."`
}

type caInit struct {
	dataFlag
}

func (c caInit) Run(con *console) error {
	return c.atDesk(con, func(_ context.Context, d *admin.Desk) error {
		about := d.CA.About()
		return con.print(about, func(w io.Writer) {
			fmt.Fprintf(w, "%s, until %s\nSHA-256 %s\n", about.Name, about.Until.Format(time.DateOnly), about.Print)
			fmt.Fprintf(w, "Its key is %s: whoever has that file can make certificates.\n", filepath.Join(c.Data, "ca", "ca.key"))
		})
	})
}

type caIssue struct {
	dataFlag
	Name string `arg:"" help:"Whose certificate: a user's name, or a feed's." placeholder:"NAME"`
	Out  string `help:"Folder for NAME.pem, NAME.key, NAME.p12 and NAME.ca.pem." default:"." placeholder:"DIR"`
}

func (caIssue) Help() string {
	return `Writes the certificate, its key, both with the authority as PKCS#12 (triple DES, for ATAK: keep the file
as you would keep the key), and the authority's certificate. The PKCS#12's password is printed once.

Example:
  vedette ca issue anna --out /media/usb`
}

func (c caIssue) Run(con *console) error {
	if err := ca.CheckName(c.Name); err != nil {
		return usage{err}
	}
	at := func(ending string) string { return filepath.Join(c.Out, c.Name+ending) }
	if err := con.allMissing(at(".pem"), at(".key"), at(".p12"), at(".ca.pem")); err != nil {
		return err
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		made, err := d.Issue(ctx, c.Name)
		if err != nil {
			return err
		}
		err = con.writeNew(c.Out, map[string][]byte{
			c.Name + ".pem": []byte(made.Cert), c.Name + ".key": []byte(made.Key),
			c.Name + ".p12": made.PKCS12, c.Name + ".ca.pem": []byte(made.Authority),
		})
		if err != nil {
			return err
		}
		shown := struct {
			ca.Entry
			PKCS12   string `json:"pkcs12"`
			Password string `json:"pkcs12_password"`
		}{made.Entry, at(".p12"), made.Password}
		return con.print(shown, func(w io.Writer) {
			fmt.Fprintf(w, "Certificate %s for %s until %s\n", made.Entry.Serial, c.Name, made.Entry.Until.Format(time.DateOnly))
			fmt.Fprintf(w, "Written: %s, %s, %s, %s\n", at(".pem"), at(".key"), at(".p12"), at(".ca.pem"))
			fmt.Fprintf(w, "The password of %s, shown this once: %s\n", at(".p12"), made.Password)
		})
	})
}

type caList struct {
	dataFlag
}

func (c caList) Run(con *console) error {
	return c.withCA(con, func(a *ca.Authority) error {
		all := a.Issued()
		return con.print(all, func(w io.Writer) { printCertificates(w, all) })
	})
}

func printCertificates(w io.Writer, all []ca.Entry) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "SERIAL\tNAME\tFOR\tISSUED\tUNTIL\tSTATE")
	for _, e := range all {
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Serial, e.Name, e.Use,
			e.Issued.Format(time.DateOnly), e.Until.Format(time.DateOnly), certificateState(e, time.Now()))
	}
	_ = tab.Flush() // writes to w, whose errors nobody can read
}

func certificateState(e ca.Entry, now time.Time) string {
	switch {
	case e.Revoked != nil:
		return "revoked " + e.Revoked.At.Format(time.DateOnly) + " by " + e.Revoked.By + ": " + e.Revoked.Reason
	case !e.Live(now):
		return "over"
	}
	return "counts"
}

type caRevoke struct {
	dataFlag
	Who    string `arg:"" help:"A serial number, or a name: then all that count of it." placeholder:"SERIAL|NAME"`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
	DryRun bool   `help:"Say which would be revoked, and change nothing."`
}

func (c caRevoke) Run(con *console) error {
	if strings.TrimSpace(c.Reason) == "" {
		return misuse("--reason: it is empty; say why")
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		done, err := d.Revoke(ctx, admin.Revoke{Who: c.Who, Reason: c.Reason, DryRun: c.DryRun})
		if err != nil {
			return err
		}
		return con.print(done, func(w io.Writer) {
			verb := "is revoked"
			if c.DryRun {
				verb = "would be revoked"
			}
			for _, e := range done {
				fmt.Fprintf(w, "%s of %s %s\n", e.Serial, e.Name, verb)
			}
		})
	})
}

// serverFlags are how a phone reaches the server.
type serverFlags struct {
	Host  string `help:"The server's name or address, as phones reach it." required:"" placeholder:"HOST"`
	Port  int    `help:"Port of the TLS stream." default:"8089"`
	Title string `help:"The server's name, as phones show it." default:"Vedette" placeholder:"TEXT"`
}

func (s serverFlags) server() admin.Server {
	return admin.Server{Title: s.Title, Host: s.Host, Port: s.Port}
}

type caPackage struct {
	dataFlag
	serverFlags
	Name   string `arg:"" help:"Whose phone." placeholder:"NAME"`
	Out    string `help:"The package to write." required:"" placeholder:"FILE.zip"`
	Enroll bool   `help:"Put no certificate in: the phone asks for name and password, and fetches one."`
}

func (caPackage) Help() string {
	return `Opened on the phone, the package sets up the connection. Without --enroll it holds a new certificate with
its key: hand it over as you would hand over a key. With --enroll it holds no secret.

Example:
  vedette ca package anna --host 192.0.2.10 --out anna.zip`
}

func (c caPackage) Run(con *console) error {
	if err := con.allMissing(c.Out); err != nil {
		return err
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		made, err := d.Package(ctx, admin.Package{Name: c.Name, Server: c.server(), Enroll: c.Enroll})
		if err != nil {
			return err
		}
		if err := con.writeNew(filepath.Dir(c.Out), map[string][]byte{filepath.Base(c.Out): made.Zip}); err != nil {
			return err
		}
		shown := struct {
			File  string    `json:"file"`
			Entry *ca.Entry `json:"certificate,omitempty"`
		}{c.Out, made.Entry}
		return con.print(shown, func(w io.Writer) {
			fmt.Fprintf(w, "Written: %s\n", c.Out)
			if made.Entry != nil {
				fmt.Fprintf(w, "It holds certificate %s for %s, with its key\n", made.Entry.Serial, c.Name)
			}
		})
	})
}

type caQR struct {
	dataFlag
	serverFlags
	Name  string `arg:"" help:"The user whose phone enrolls." placeholder:"NAME"`
	Hours int    `help:"Hours that the code counts, at most 168." default:"24"`
	ITAK  bool   `help:"Show the code for iTAK, where the token is typed." name:"itak"`
	PNG   string `help:"Write the code as an image too." name:"png" placeholder:"FILE.png"`
}

func (caQR) Help() string {
	return `The code holds a token that counts once: it lets one phone fetch one certificate for the user. ATAK from
version 5.1 on reads it with its camera, if the phone trusts the server: with an authority of one's own, open a package made
with --enroll first. The code is drawn for a terminal with a dark ground.

Example:
  vedette ca qr anna --host post3.example`
}

func (c caQR) Run(con *console) error {
	if c.Hours < 1 || c.Hours > 168 {
		return misuse("--hours: %d is not among 1 to 168", c.Hours)
	}
	if c.PNG != "" {
		if err := con.allMissing(c.PNG); err != nil {
			return err
		}
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		made, err := d.Invite(ctx, admin.Invite{Name: c.Name, Server: c.server(), Term: time.Duration(c.Hours) * time.Hour})
		if err != nil {
			return err
		}
		return c.show(con, made)
	})
}

func (c caQR) show(con *console, made admin.InvitationMade) error {
	text := made.ATAK
	if c.ITAK {
		text = made.ITAK
	}
	if c.PNG != "" {
		image, err := ca.PNG(text)
		if err != nil {
			return err
		}
		if err := con.writeNew(filepath.Dir(c.PNG), map[string][]byte{filepath.Base(c.PNG): image}); err != nil {
			return err
		}
	}
	blocks, err := ca.Blocks(text)
	if err != nil {
		return err
	}
	return con.print(made, func(w io.Writer) {
		fmt.Fprint(w, blocks)
		fmt.Fprintf(w, "For %s, once, until %s. To type: %s\n", made.Name, made.Until.Format(time.DateTime+" MST"), made.Token)
	})
}
