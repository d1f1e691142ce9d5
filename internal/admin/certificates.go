package admin

import (
	"context"
	"fmt"
	"time"

	"vedette/internal/access"
	"vedette/internal/ca"
)

// CertificateMade is a client's certificate in all the forms that are asked for.
type CertificateMade struct {
	Entry     ca.Entry `json:"certificate"`
	Cert      string   `json:"cert_pem"`
	Key       string   `json:"key_pem"`
	Authority string   `json:"ca_pem"`
	PKCS12    []byte   `json:"pkcs12"`
	Password  string   `json:"pkcs12_password"`
}

// Issue makes a key and a certificate for a name. It need not be a user's: a
// feed may have one too, and is then in no group.
func (d *Desk) Issue(ctx context.Context, name string) (made CertificateMade, err error) {
	err = d.act(ctx, deed{"certificate.issue", name, false}, func(by access.Principal) error {
		made, err = d.issue(name, by)
		return err
	})
	return onSuccess(made, err)
}

func (d *Desk) issue(name string, by access.Principal) (CertificateMade, error) {
	password, err := access.NewPassword()
	if err != nil {
		return CertificateMade{}, err
	}
	client, err := d.CA.Issue(name, by.Name)
	if err != nil {
		return CertificateMade{}, err
	}
	cert, key, err := client.PEM()
	if err != nil {
		return CertificateMade{}, err
	}
	p12, err := client.PKCS12(password)
	return CertificateMade{client.Entry, string(cert), string(key), string(d.CA.PEM()), p12, password}, err
}

// Revoke asks for the end of certificates: one by its serial number, or all of a
// name.
type Revoke struct {
	Who    string `json:"who"`
	Reason string `json:"reason"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// Revoke revokes certificates and gives those that it revoked; a dry run tells
// which these would be.
func (d *Desk) Revoke(ctx context.Context, ask Revoke) (done []ca.Entry, err error) {
	found := d.CA.Find(ask.Who)
	if len(found) == 0 {
		return nil, fmt.Errorf("admin: %.80q has no certificate that counts; give a name or a serial number of vedette ca list", ask.Who)
	}
	if by, _ := access.From(ctx); ask.DryRun && by.May(access.Administer) {
		return found, nil
	}
	err = d.act(ctx, deed{"certificate.revoke", ask.Who + ": " + ask.Reason, true}, func(by access.Principal) error {
		done, err = d.CA.Revoke(serials(found), by.Name, ask.Reason)
		return err
	})
	return done, err
}

// Server is how phones reach the server.
type Server struct {
	Title string `json:"title"` // as the user sees it
	Host  string `json:"host"`
	Port  int    `json:"port"` // of the TLS stream
}

// Package asks for a data package that sets up ATAK.
type Package struct {
	Name   string `json:"name"`
	Server Server `json:"server"`
	Enroll bool   `json:"enroll,omitempty"` // without a certificate: the phone asks for one
}

// PackageMade is a data package, and the certificate in it.
type PackageMade struct {
	Zip   []byte    `json:"zip"`
	Entry *ca.Entry `json:"certificate,omitempty"`
}

// Package makes a data package, with a new certificate unless the phone is to
// enroll.
func (d *Desk) Package(ctx context.Context, ask Package) (made PackageMade, err error) {
	if err := ca.CheckHost(ask.Server.Host); err != nil {
		return made, err
	}
	err = d.act(ctx, deed{"certificate.package", ask.Name + " for " + ask.Server.Host, false}, func(by access.Principal) error {
		made, err = d.pack(ask, by)
		return err
	})
	return onSuccess(made, err)
}

func (d *Desk) pack(ask Package, by access.Principal) (made PackageMade, err error) {
	b := ca.Bundle{Name: ask.Server.Title, Host: ask.Server.Host, Port: ask.Server.Port}
	if b.TrustStorePassword, err = access.NewPassword(); err != nil {
		return made, err
	}
	if b.TrustStore, err = d.CA.TrustStore(b.TrustStorePassword); err != nil {
		return made, err
	}
	if _, err := b.Zip(); err != nil { // before a certificate is made for it
		return made, err
	}
	if !ask.Enroll {
		client, err := d.issue(ask.Name, by)
		if err != nil {
			return made, err
		}
		b.Client, b.ClientPassword, made.Entry = client.PKCS12, client.Password, &client.Entry
	}
	made.Zip, err = b.Zip()
	return made, err
}

// Invite asks for an invitation to enroll.
type Invite struct {
	Name   string        `json:"name"`
	Server Server        `json:"server"`
	Term   time.Duration `json:"term_ns"`
}

// InvitationMade is what a phone reads as a QR code. ATAK's holds the token, for
// iTAK it is typed.
type InvitationMade struct {
	Name  string    `json:"name"`
	Token string    `json:"token"`
	Until time.Time `json:"until"`
	ATAK  string    `json:"atak"`
	ITAK  string    `json:"itak"`
}

// Invite makes an invitation for a user: with it, their phone gets one
// certificate.
func (d *Desk) Invite(ctx context.Context, ask Invite) (made InvitationMade, err error) {
	if err := ca.CheckHost(ask.Server.Host); err != nil {
		return made, err
	}
	err = d.act(ctx, deed{"certificate.invite", ask.Name + " to " + ask.Server.Host, false}, func(access.Principal) error {
		made, err = d.invite(ask)
		return err
	})
	return onSuccess(made, err)
}

func (d *Desk) invite(ask Invite) (made InvitationMade, err error) {
	i := ca.Invitation{Server: ask.Server.Title, Host: ask.Server.Host, Port: ask.Server.Port, Name: ask.Name}
	if made.ITAK, err = i.ITAK(); err != nil {
		return made, err
	}
	if i.Token, made.Until, err = d.Users.Invite(ask.Name, ask.Term); err != nil {
		return made, err
	}
	made.Name, made.Token = ask.Name, i.Token
	made.ATAK, err = i.ATAK()
	return made, err
}
