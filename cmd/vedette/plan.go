package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"

	"github.com/pkg/browser"

	"vedette/examples"
	"vedette/export"
	"vedette/internal/app"
	"vedette/viewshed"
)

// planFlags are what plan and demo have in common.
type planFlags struct {
	Cell         float64       `help:"Side of a cell in metres, instead of the area's." placeholder:"M"`
	At           time.Time     `help:"One moment (RFC 3339, like 2018-11-01T05:30:00Z) instead of day, night and dust: the sun's elevation decides the light." placeholder:"TIME" format:"2006-01-02T15:04:05Z07:00"`
	VisibilityKM float64       `name:"visibility-km" help:"Visibility on a clear day, instead of the area's." placeholder:"KM"`
	DEM          []string      `name:"dem" help:"Height files or folders (GeoTIFF, SRTM, DTED), instead of the area's terrain." placeholder:"FILE" type:"path"`
	Mode         viewshed.Mode `help:"How sight is computed: ${enum}." enum:"ray,gdal,exact" default:"ray"`
	Movers       []string      `help:"How intruders move: some of foot, motorcycle, 4x4, armoured_car, boat. An empty one leaves the crossings out." default:"foot,4x4" placeholder:"NAME"`
	Public       bool          `help:"Leave dead ground and crossings out of every product; without it they are marked restricted."`
	By           string        `help:"Who makes the products; your user name if not given." placeholder:"NAME"`
}

func (f planFlags) check() error {
	switch {
	case f.Cell < 0 || f.Cell != f.Cell:
		return misuse("--cell: %g is not a length in metres", f.Cell)
	case f.VisibilityKM < 0 || f.VisibilityKM != f.VisibilityKM:
		return misuse("--visibility-km: %g is not a distance in kilometres", f.VisibilityKM)
	}
	if _, err := app.Kinds(f.Movers); err != nil {
		return misuse("--movers: %v", err)
	}
	return nil
}

func (f planFlags) settings(out string, p *progress) app.PlanSettings {
	by := f.By
	if by == "" {
		by = userName()
	}
	return app.PlanSettings{
		Out: out, Cell: f.Cell, At: f.At, Visibility: f.VisibilityKM * 1000, DEM: f.DEM,
		Mode: f.Mode, Movers: f.Movers, Public: f.Public, By: by, Made: time.Now().UTC(), Version: version(), Progress: p.step,
	}
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}

type planCommand struct {
	Area string `arg:"" help:"The area file." placeholder:"AREA"`
	Out  string `required:"" help:"Folder for the products." placeholder:"DIR" type:"path"`
	planFlags
}

func (planCommand) Help() string {
	return `Computes which ground along the frontier is watched, by whom, by day, at night and in dust, and where the
line is weak: for every kilometre the crossing on which an intruder is least likely to be interrupted. Writes
report.html, coverage.tif, seen-by.tif, exposure.tif, arrival.tif, porosity.geojson, crossings.geojson,
plan.gpkg, plan.geojson and summary.json, readable by you only; docs/products.md says what is in them. The
public edition has no crossings. Neither has a plan with --movers '', which only says what the line sees; a
folder that holds crossings of an earlier plan is then refused.

Example:
  vedette plan examples/al-qaim/al-qaim.area.geojson --out out/`
}

func (c planCommand) Run(con *console) error {
	if err := c.check(); err != nil {
		return err
	}
	src, err := app.OpenArea(c.Area)
	if err != nil {
		return err
	}
	planned, err := c.plan(con, src, c.Out)
	if err != nil {
		return err
	}
	return con.print(planned.Summary, func(w io.Writer) { printPlanned(w, planned) })
}

// plan runs the plan with its progress on standard error.
func (f planFlags) plan(con *console, src app.Source, out string) (*app.Planned, error) {
	p := newProgress(con.err)
	planned, err := app.Plan(con, src, f.settings(out, p))
	p.end()
	return planned, err
}

func printPlanned(w io.Writer, p *app.Planned) {
	printSummary(w, p.Summary)
	fmt.Fprintln(w)
	for _, file := range p.Files {
		fmt.Fprintln(w, "  "+file)
	}
}

// printSummary is the plan in a few lines: warnings, what is watched in each
// condition, where and by whose loss it is weakest, and the crossings.
func printSummary(w io.Writer, s export.Summary) {
	for _, warning := range s.Provenance.Warnings() {
		fmt.Fprintln(w, "WARNING:", warning)
	}
	fmt.Fprintf(w, "%s (%s): %.1f km of frontier, %d posts, %.0f km² solved in cells of %g m\n",
		s.Area, s.Provenance.Marking(), s.FrontierKM, s.Posts, s.StripKM2, s.CellM)
	for _, c := range s.Conditions {
		fmt.Fprintf(w, "  %-6s %5.1f %% watched, %5.1f %% by two posts or more", c.Name, 100*c.WatchedShare, 100*c.TwiceShare)
		if c.Weakest != nil {
			fmt.Fprintf(w, "; least in km %g to %g: %.1f %%", c.Weakest.FromKM, c.Weakest.ToKM, 100*c.Weakest.WatchedShare)
		}
		if len(c.Losses) > 0 && c.Losses[0].BlindKM2 > 0 {
			fmt.Fprintf(w, "; without %s %.1f km² go blind", c.Losses[0].Site, c.Losses[0].BlindKM2)
		}
		fmt.Fprintln(w)
	}
	if s.Crossing != nil {
		printCrossings(w, s.Crossing)
	}
}

type demoCommand struct {
	Listen string `help:"Loopback address to serve on; another port if it is in use." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Out    string `help:"Folder for the products; a temporary one, removed at the end, if not given." placeholder:"DIR" type:"path"`
	NoOpen bool   `help:"Do not open the page in the browser."`
	planFlags
}

func (demoCommand) Help() string {
	return `Plans the illustrative area at Al-Qaim on made terrain, serves the report on this machine only, prints
its address and opens it. Stop it with Ctrl-C.

Example:
  vedette demo --no-open`
}

func (c demoCommand) Run(con *console) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	src, err := app.ParseArea(examples.AlQaim, "al-qaim.area.geojson", ".")
	if err != nil {
		return err
	}
	ln, err := app.Listen(c.Listen)
	if err != nil {
		return usage{err}
	}
	defer ln.Close()
	out := c.Out
	if out == "" {
		if out, err = os.MkdirTemp("", "vedette-demo-"); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(out)) }()
	}
	planned, err := c.plan(con, src, out)
	if err != nil {
		return err
	}
	page := "http://" + ln.Addr().String() + "/"
	if err := con.print(demoed{page, out, planned.Summary}, func(w io.Writer) {
		printSummary(w, planned.Summary)
		fmt.Fprintf(w, "\nThe report: %s (Ctrl-C stops it)\n", page)
	}); err != nil {
		return err
	}
	if !c.NoOpen {
		c.open(con, page)
	}
	return app.Serve(con, ln, out)
}

// demoed is what demo prints as JSON.
type demoed struct {
	Page    string         `json:"page"`
	Out     string         `json:"out"`
	Summary export.Summary `json:"summary"`
}

// open shows the page; on a machine without a browser the printed address has
// to do.
func (c demoCommand) open(con *console, page string) {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	if err := browser.OpenURL(page); err != nil {
		fmt.Fprintln(con.err, "no browser could be opened; open the address above yourself")
	}
}
