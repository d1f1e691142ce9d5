package admin

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"

	"vedette/internal/access"
	"vedette/internal/ca"
)

// Enroll is a phone's own request for a certificate. It is the one act that no
// administrator asks for: an invitation by one, or the user's password, stands
// for that.
type Enroll struct {
	Name    string     // as it was typed
	Secret  string     // of an invitation, or the password
	From    netip.Addr // of the phone
	Request []byte     // see ca.ParseRequest
}

// Enrolled is what the phone gets.
type Enrolled struct {
	Certificate *x509.Certificate
	Authority   []byte // PEM
	By          access.Principal
}

// Known tells who asks, and leaves an invitation as it is: phones ask for
// settings before they ask for a certificate. The errors are those of
// access.Store.Check.
func (d *Desk) Known(ctx context.Context, ask Enroll) (access.Principal, error) {
	if p, err := d.Users.Invited(ask.Name, ask.Secret); err == nil {
		return p, nil
	}
	return d.Users.Check(ctx, access.Attempt{Name: ask.Name, Password: ask.Secret, From: ask.From})
}

// Enroll signs a phone's request and uses its invitation up. A request that is
// no good leaves the invitation as it is. Only somebody with a permission that
// a certificate can give gets one.
func (d *Desk) Enroll(ctx context.Context, ask Enroll) (Enrolled, error) {
	by, err := d.Known(ctx, ask)
	if err != nil {
		return Enrolled{}, err
	}
	entry := access.Entry{Who: by.Name, How: by.How, What: "certificate.enroll", Object: by.Name, Outcome: "begun"}
	if _, err := d.Audit.Append(ctx, entry); err != nil {
		return Enrolled{}, fmt.Errorf("admin: the enrollment of %s was not begun: %w", by.Name, err)
	}
	cert, err := d.enroll(by, ask)
	entry.Outcome = "done"
	if err != nil {
		entry.Outcome = "failed: " + err.Error()
	} else if s, ok := ca.SerialOf(cert.SerialNumber); ok {
		entry.Object += " " + s.String()
	}
	if _, e := d.Audit.Append(context.WithoutCancel(ctx), entry); e != nil {
		err = errors.Join(err, fmt.Errorf("admin: the enrollment of %s could not be written down: %w", by.Name, e))
	}
	return onSuccess(Enrolled{cert, d.CA.PEM(), by}, err)
}

func (d *Desk) enroll(by access.Principal, ask Enroll) (*x509.Certificate, error) {
	if !fielded(by) {
		return nil, fmt.Errorf("%w: %s may do nothing that a certificate is for", ErrRefused, by.Name)
	}
	request, err := ca.ParseRequest(ask.Request)
	if err != nil {
		return nil, err
	}
	if by.How == access.HowInvitation {
		if _, err := d.Users.Redeem(ask.Name, ask.Secret); err != nil {
			return nil, err
		}
	}
	cert, _, err := d.CA.SignRequest(by.Name, by.Name, request)
	return cert, err
}

func fielded(p access.Principal) bool {
	for _, q := range access.Fielded() {
		if p.May(q) {
			return true
		}
	}
	return false
}
