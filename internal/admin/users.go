package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vedette/internal/access"
	"vedette/internal/ca"
)

// AddUser asks for a user.
type AddUser struct {
	Name       string        `json:"name"`
	Roles      []access.Role `json:"roles"`
	Groups     []string      `json:"groups,omitempty"`
	Password   string        `json:"password,omitempty"`    // empty: one is drawn
	NoPassword bool          `json:"no_password,omitempty"` // comes in by certificate or token only
}

// UserMade is a user and, if it was drawn, the password.
type UserMade struct {
	User     access.User `json:"user"`
	Password string      `json:"password,omitempty"`
}

// AddUser adds a user.
func (d *Desk) AddUser(ctx context.Context, ask AddUser) (made UserMade, err error) {
	err = d.act(ctx, deed{"user.add", fmt.Sprintf("%s %v %q", ask.Name, ask.Roles, ask.Groups), false}, func(access.Principal) error {
		password := ask.Password
		if password == "" && !ask.NoPassword {
			drawn, err := access.NewPassword()
			if err != nil {
				return err
			}
			password, made.Password = drawn, drawn
		}
		u := access.User{Name: ask.Name, Roles: ask.Roles, Groups: ask.Groups}
		if err := d.Users.Add(ctx, u, password); err != nil {
			return err
		}
		var err error
		made.User, err = d.Users.User(ask.Name)
		return err
	})
	return onSuccess(made, err)
}

// onSuccess keeps what a failed act has drawn from getting out.
func onSuccess[T any](v T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return v, nil
}

// RemoveUser asks for the end of a user.
type RemoveUser struct {
	Name   string `json:"name"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// UserRemoved is what goes with a user.
type UserRemoved struct {
	User         access.User    `json:"user"`
	Tokens       []access.Token `json:"tokens"`
	Certificates []ca.Entry     `json:"certificates"`
	DryRun       bool           `json:"dry_run,omitempty"`
}

// RemoveUser removes a user and revokes their certificates; a dry run tells what
// would go.
func (d *Desk) RemoveUser(ctx context.Context, ask RemoveUser) (gone UserRemoved, err error) {
	if ask.DryRun {
		return d.wouldGo(ctx, ask)
	}
	err = d.act(ctx, deed{"user.remove", ask.Name, true}, func(by access.Principal) error {
		if gone, err = d.goesWith(ask.Name); err != nil {
			return err
		}
		removed := d.Users.Remove(ask.Name)
		if errors.Is(removed, access.ErrLastOne) || errors.Is(removed, access.ErrUnknown) {
			return removed
		}
		// Where the disk is full, the certificates at least.
		gone.Certificates, err = d.CA.Revoke(serials(gone.Certificates), by.Name, "the user was removed")
		return errors.Join(removed, err)
	})
	return onSuccess(gone, err)
}

func (d *Desk) wouldGo(ctx context.Context, ask RemoveUser) (UserRemoved, error) {
	if by, _ := access.From(ctx); !by.May(access.Administer) {
		return UserRemoved{}, fmt.Errorf("%w: %q may not see what goes with a user", ErrRefused, by.Name)
	}
	gone, err := d.goesWith(ask.Name)
	gone.DryRun = true
	return onSuccess(gone, err)
}

func (d *Desk) goesWith(name string) (gone UserRemoved, err error) {
	if gone.User, err = d.Users.User(name); err != nil {
		return gone, err
	}
	gone.Certificates = d.CA.Find(name)
	gone.Tokens, err = d.Users.Tokens(name)
	return gone, err
}

func serials(all []ca.Entry) []ca.Serial {
	var found []ca.Serial
	for _, e := range all {
		found = append(found, e.Serial)
	}
	return found
}

// SetPassword asks for a new password.
type SetPassword struct {
	Name     string `json:"name"`
	Password string `json:"password,omitempty"` // empty: one is drawn
}

// SetPassword sets a password; the user's sessions end.
func (d *Desk) SetPassword(ctx context.Context, ask SetPassword) (made UserMade, err error) {
	err = d.act(ctx, deed{"user.password", ask.Name, false}, func(access.Principal) error {
		password := ask.Password
		if password == "" {
			drawn, err := access.NewPassword()
			if err != nil {
				return err
			}
			password, made.Password = drawn, drawn
		}
		if err := d.Users.SetPassword(ctx, ask.Name, password); err != nil {
			return err
		}
		var err error
		made.User, err = d.Users.User(ask.Name)
		return err
	})
	return onSuccess(made, err)
}

// SetRoles asks for other roles or groups; nil leaves them as they are.
type SetRoles struct {
	Name   string        `json:"name"`
	Roles  []access.Role `json:"roles,omitempty"`
	Groups *[]string     `json:"groups,omitempty"`
}

// SetRoles gives a user other roles or groups.
func (d *Desk) SetRoles(ctx context.Context, ask SetRoles) (u access.User, err error) {
	object := fmt.Sprintf("%s %v", ask.Name, ask.Roles)
	if ask.Groups != nil {
		object += fmt.Sprintf(" groups %q", *ask.Groups)
	}
	err = d.act(ctx, deed{"user.roles", object, false}, func(access.Principal) error {
		if ask.Roles != nil {
			if err := d.Users.SetRoles(ask.Name, ask.Roles); err != nil {
				return err
			}
		}
		if ask.Groups != nil {
			if err := d.Users.SetGroups(ask.Name, *ask.Groups); err != nil {
				return err
			}
		}
		var err error
		u, err = d.Users.User(ask.Name)
		return err
	})
	return onSuccess(u, err)
}

// MakeToken asks for an API token.
type MakeToken struct {
	Name        string              `json:"name"`
	Label       string              `json:"label"`
	Permissions []access.Permission `json:"permissions"`
	Term        time.Duration       `json:"term_ns"`
}

// TokenMade is a token with its secret.
type TokenMade struct {
	Secret string       `json:"secret"`
	Token  access.Token `json:"token"`
}

// MakeToken makes a token for a user.
func (d *Desk) MakeToken(ctx context.Context, ask MakeToken) (made TokenMade, err error) {
	err = d.act(ctx, deed{"token.make", fmt.Sprintf("%s %q %v", ask.Name, ask.Label, ask.Permissions), false}, func(access.Principal) error {
		made.Secret, made.Token, err = d.Users.MakeToken(ask.Name, ask.Label, ask.Permissions, ask.Term)
		return err
	})
	return onSuccess(made, err)
}

// RevokeToken ends the token with an id.
func (d *Desk) RevokeToken(ctx context.Context, id string) error {
	return d.act(ctx, deed{"token.revoke", id, true}, func(access.Principal) error { return d.Users.RevokeToken(id) })
}
