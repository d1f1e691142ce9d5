package access

import (
	"context"
	"fmt"
	"slices"
)

// Permission is something that somebody may do.
type Permission string

// The permissions.
const (
	SeePicture    Permission = "see-picture"    // what is happening, and the plan
	SeeRestricted Permission = "see-restricted" // the weakest crossings
	ReportIn      Permission = "report-in"      // tell what was seen
	Operate       Permission = "operate"        // end an emergency with its outcome, publish
	Plan          Permission = "plan"           // change the plan
	Administer    Permission = "administer"     // users, certificates, settings
	ReadAudit     Permission = "audit"          // the audit trail
)

// Role is a set of permissions that a user is given.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"
	Operator Role = "operator"
	Planner  Role = "planner"
	Admin    Role = "admin"
	Auditor  Role = "auditor" // goes with no other role
)

// grants is the one table of what each role may. The roles are not a ladder.
func grants() map[Role][]Permission {
	return map[Role][]Permission{
		Viewer:   {SeePicture},
		Operator: {SeePicture, ReportIn, Operate},
		Planner:  {SeePicture, SeeRestricted, ReportIn, Plan},
		Admin:    {SeePicture, SeeRestricted, ReportIn, Operate, Plan, Administer},
		Auditor:  {ReadAudit},
	}
}

// Roles are all there are.
func Roles() []Role { return []Role{Viewer, Operator, Planner, Admin, Auditor} }

// Permissions are all there are.
func Permissions() []Permission {
	return []Permission{SeePicture, SeeRestricted, ReportIn, Operate, Plan, Administer, ReadAudit}
}

// Granted gives what a user with these roles may do, in the order of
// Permissions.
func Granted(roles ...Role) []Permission {
	table := grants()
	return slices.DeleteFunc(Permissions(), func(p Permission) bool {
		return !slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(table[r], p) })
	})
}

// Fielded are the permissions that a certificate can give: it lies on a phone,
// and phones are lost. What else a user may takes their password or a token.
func Fielded() []Permission { return []Permission{SeePicture, ReportIn, Operate} }

// CheckRoles tells whether a user may have these roles together.
func CheckRoles(roles []Role) error {
	for i, r := range roles {
		if !slices.Contains(Roles(), r) || slices.Contains(roles[:i], r) {
			return fmt.Errorf("roles: %.40q is none, or is given twice; give some of %v", r, Roles())
		}
	}
	if len(roles) == 0 {
		return fmt.Errorf("roles: there are none; give some of %v", Roles())
	}
	if slices.Contains(roles, Auditor) && len(roles) > 1 {
		return fmt.Errorf("roles: an auditor reads the audit trail and nothing else; give %q alone", Auditor)
	}
	return nil
}

// Principal is who is at the other end.
type Principal struct {
	Name   string
	Roles  []Role
	Groups []string
	How    string // one of the words below, or session, token or certificate and its number

	may []Permission
}

// Ways to come in that have no number.
const (
	HowPassword   = "password"
	HowInvitation = "invitation"
	HowConsole    = "console"
)

// May tells whether the principal has a permission. The zero principal has none.
func (p Principal) May(q Permission) bool { return slices.Contains(p.may, q) }

// only leaves of what the principal may what is among some.
func (p Principal) only(some []Permission) Principal {
	p.may = slices.DeleteFunc(p.may, func(q Permission) bool { return !slices.Contains(some, q) })
	return p
}

// Permissions are what the principal may do.
func (p Principal) Permissions() []Permission { return slices.Clone(p.may) }

// Console is somebody who has the data folder in hand, by the name that the
// operating system has for them. There is nothing they could not do without us.
func Console(name string) Principal {
	return Principal{Name: name, How: HowConsole, may: Permissions()}
}

type principalKey struct{}

// With gives a context that carries the principal.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From gives the principal that a context carries; ok is false where there is
// none.
func From(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(principalKey{}).(Principal)
	return p, ok
}
