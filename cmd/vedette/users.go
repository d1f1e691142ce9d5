package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"vedette/internal/access"
	"vedette/internal/admin"
)

type usersCommands struct {
	Add    usersAdd       `cmd:"" help:"Add a user."`
	List   usersList      `cmd:"" help:"List the users."`
	Remove usersRemove    `cmd:"" help:"Remove a user, and revoke their certificates."`
	Passwd usersPasswd    `cmd:"" help:"Set a user's password."`
	Roles  usersRoles     `cmd:"" help:"Give a user other roles or groups."`
	Token  tokensCommands `cmd:"" help:"Make, list and revoke API tokens."`
}

type usersAdd struct {
	dataFlag
	passwordFlag
	Name       string   `arg:"" help:"The name: small letters, digits and . - _ @." placeholder:"NAME"`
	Role       []string `help:"Roles: viewer, operator, planner, admin, or auditor alone." required:"" placeholder:"ROLE"`
	Group      []string `help:"Groups of TAK that the user sees." placeholder:"GROUP"`
	NoPassword bool     `help:"The user comes in by certificate or token only."`
}

func (usersAdd) Help() string {
	return `The password is drawn and printed once, or read from a file or standard input; it never stands on the
command line. What the roles may do:
  viewer    see the picture and the plan
  operator  that, report, end emergencies, publish
  planner   that of a viewer, report, plan, and see the weakest crossings
  admin     all of that, users, certificates and settings
  auditor   read the audit trail, and nothing else

Examples:
  vedette users add anna --role operator --group Blue
  vedette users add anna --role planner --password-file - < password.txt`
}

func (c usersAdd) Run(con *console) error {
	password, err := c.read(con)
	if err != nil {
		return err
	}
	if c.NoPassword && password != "" {
		return misuse("--no-password and --password-file exclude each other; give one of them")
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		made, err := d.AddUser(ctx, admin.AddUser{
			Name: c.Name, Roles: roles(c.Role), Groups: c.Group, Password: password, NoPassword: c.NoPassword,
		})
		if err != nil {
			return err
		}
		return con.print(made, func(w io.Writer) {
			fmt.Fprintf(w, "%s is added: %s\n", made.User.Name, join(made.User.Roles))
			printPassword(w, made.Password)
		})
	})
}

func printPassword(w io.Writer, password string) {
	if password != "" {
		fmt.Fprintf(w, "The password, shown this once: %s\n", password)
	}
}

func roles(names []string) []access.Role {
	var all []access.Role
	for _, name := range names {
		all = append(all, access.Role(name))
	}
	return all
}

func join[T ~string](all []T) string {
	var words []string
	for _, one := range all {
		words = append(words, string(one))
	}
	return strings.Join(words, ", ")
}

type usersList struct {
	dataFlag
}

func (c usersList) Run(con *console) error {
	return c.withUsers(con, func(s *access.Store) error {
		all := s.Users()
		return con.print(all, func(w io.Writer) {
			tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tab, "NAME\tROLES\tGROUPS\tSINCE")
			for _, u := range all {
				fmt.Fprintf(tab, "%s\t%s\t%s\t%s\n", u.Name, join(u.Roles), strings.Join(u.Groups, ", "), u.Made.Format(time.DateOnly))
			}
			_ = tab.Flush() // writes to w, whose errors nobody can read
		})
	})
}

type usersRemove struct {
	dataFlag
	Name   string `arg:"" help:"The user." placeholder:"NAME"`
	DryRun bool   `help:"Say what would go, and change nothing."`
}

func (c usersRemove) Run(con *console) error {
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		gone, err := d.RemoveUser(ctx, admin.RemoveUser{Name: c.Name, DryRun: c.DryRun})
		if err != nil {
			return err
		}
		return con.print(gone, func(w io.Writer) {
			verb := "is removed"
			if gone.DryRun {
				verb = "would be removed"
			}
			fmt.Fprintf(w, "%s %s, with %d tokens and %d certificates\n", gone.User.Name, verb, len(gone.Tokens), len(gone.Certificates))
		})
	})
}

type usersPasswd struct {
	dataFlag
	passwordFlag
	Name string `arg:"" help:"The user." placeholder:"NAME"`
}

func (c usersPasswd) Run(con *console) error {
	password, err := c.read(con)
	if err != nil {
		return err
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		made, err := d.SetPassword(ctx, admin.SetPassword{Name: c.Name, Password: password})
		if err != nil {
			return err
		}
		return con.print(made, func(w io.Writer) {
			fmt.Fprintf(w, "%s has a new password, and no session any more\n", made.User.Name)
			printPassword(w, made.Password)
		})
	})
}

type usersRoles struct {
	dataFlag
	Name     string   `arg:"" help:"The user." placeholder:"NAME"`
	Role     []string `help:"The new roles, in place of all." placeholder:"ROLE"`
	Group    []string `help:"The new groups, in place of all." placeholder:"GROUP" xor:"groups"`
	NoGroups bool     `help:"Take the user out of all groups." xor:"groups"`
}

func (c usersRoles) Run(con *console) error {
	ask := admin.SetRoles{Name: c.Name, Roles: roles(c.Role)}
	if len(c.Group) > 0 || c.NoGroups {
		ask.Groups = &c.Group
	}
	if ask.Roles == nil && ask.Groups == nil {
		return misuse("nothing to change; give --role, --group or --no-groups")
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		u, err := d.SetRoles(ctx, ask)
		if err != nil {
			return err
		}
		return con.print(u, func(w io.Writer) {
			fmt.Fprintf(w, "%s: roles %s; groups %s\n", u.Name, join(u.Roles), strings.Join(u.Groups, ", "))
		})
	})
}

type tokensCommands struct {
	Make   tokenMake   `cmd:"" help:"Make a token for a program."`
	List   tokenList   `cmd:"" help:"List a user's tokens."`
	Revoke tokenRevoke `cmd:"" help:"Revoke a token."`
}

type tokenMake struct {
	dataFlag
	Name  string   `arg:"" help:"The user for whom the program acts." placeholder:"NAME"`
	Label string   `help:"What the token is for." required:"" placeholder:"TEXT"`
	May   []string `help:"What it may do, no more than the user: see-picture, see-restricted, report-in, operate, plan, administer, audit." required:"" placeholder:"PERMISSION"`
	Days  int      `help:"Days that it lasts, at most 366." default:"90"`
}

func (tokenMake) Help() string {
	return `The token is printed once. A program sends it as "Authorization: Bearer vdt_...".

Example:
  vedette users token make anna --label "tracker of post 3" --may report-in --days 30`
}

func (c tokenMake) Run(con *console) error {
	var may []access.Permission
	for _, p := range c.May {
		may = append(may, access.Permission(p))
	}
	if c.Days < 1 || c.Days > 366 {
		return misuse("--days: %d is not among 1 to 366", c.Days)
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		made, err := d.MakeToken(ctx, admin.MakeToken{Name: c.Name, Label: c.Label, Permissions: may, Term: time.Duration(c.Days) * 24 * time.Hour})
		if err != nil {
			return err
		}
		return con.print(made, func(w io.Writer) {
			fmt.Fprintf(w, "Token %s for %s until %s: %s\n", made.Token.ID, c.Name, made.Token.Until.Format(time.DateOnly), join(made.Token.Permissions))
			fmt.Fprintf(w, "Shown this once: %s\n", made.Secret)
		})
	})
}

type tokenList struct {
	dataFlag
	Name string `arg:"" help:"The user." placeholder:"NAME"`
}

func (c tokenList) Run(con *console) error {
	return c.withUsers(con, func(s *access.Store) error {
		all, err := s.Tokens(c.Name)
		if err != nil {
			return err
		}
		return con.print(all, func(w io.Writer) {
			tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tab, "ID\tLABEL\tMAY\tUNTIL\tLAST USED")
			for _, t := range all {
				used := "never"
				if !t.Used.IsZero() {
					used = t.Used.Format(time.DateTime)
				}
				fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\n", t.ID, t.Label, join(t.Permissions), t.Until.Format(time.DateOnly), used)
			}
			_ = tab.Flush() // writes to w, whose errors nobody can read
		})
	})
}

type tokenRevoke struct {
	dataFlag
	ID string `arg:"" name:"id" help:"The token's id, as listed." placeholder:"ID"`
}

func (c tokenRevoke) Run(con *console) error {
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		if err := d.RevokeToken(ctx, c.ID); err != nil {
			return err
		}
		return con.print(map[string]string{"revoked": c.ID}, func(w io.Writer) {
			fmt.Fprintf(w, "Token %s is revoked\n", c.ID)
		})
	})
}
