// Command vedette plans and watches a long line with few eyes.
//
// It exits with 0 when all went well, 1 when something failed and 2 when it
// was called wrongly.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"vedette/internal/app"
	"vedette/internal/control"
	"vedette/terrain/glo30"
)

// commands are what vedette understands.
type commands struct {
	JSON    bool             `help:"Print the result as JSON." name:"json"`
	Version kong.VersionFlag `help:"Print the version and stop."`

	Demo     demoCommand     `cmd:"" help:"Plan the Al-Qaim example and show the report in the browser."`
	Plan     planCommand     `cmd:"" help:"Plan an area: what does the line see, and where is it weak?"`
	Check    checkCommand    `cmd:"" help:"Say all that is wrong with an area file."`
	Terrain  terrainCommands `cmd:"" help:"Look at terrain, make it, or fetch it."`
	Viewshed viewshedCommand `cmd:"" help:"Compute what one observer sees, or how many of several see each cell."`
	Profile  profileCommand  `cmd:"" help:"Draw a line of sight over the terrain, and where it is cut."`
	Exercise exerciseCommand `cmd:"" help:"Play the weakest crossings many times over, beside what was computed."`
	EASI     easiCommand     `cmd:"" name:"easi" help:"Compute the probability of interruption along one path of tasks."`
	Report   reportCommands  `cmd:"" help:"Read what people, papers and forms say about the frontier."`
	Serve    serveCommand    `cmd:"" help:"Run the live side of an area: TAK server, feeds, picture, HTTP API and map."`
	Backup   backupCommand   `cmd:"" help:"Write the data folder of the live side into one file, while it runs or not."`
	Restore  restoreCommand  `cmd:"" help:"Make a data folder from a backup."`
	Settings settingsCommand `cmd:"" help:"Print the settings of the live side, each with its default and meaning."`
	Export   exportCommand   `cmd:"" help:"Write what was seen in a time: GeoJSON, GPX, GeoPackage or CSV."`
	History  historyCommands `cmd:"" help:"Look after the history of a data folder."`
	Users    usersCommands   `cmd:"" help:"Say who may come in, and what they may do."`
	CA       caCommands      `cmd:"" name:"ca" help:"Make and revoke certificates, and set up phones."`
	Hold     holdCommands    `cmd:"" help:"Keep positions beyond their term, for a reason and until an end."`
	Audit    auditCommands   `cmd:"" help:"Read and check the trail of who did what."`
}

// console is where a command reads and writes.
type console struct {
	context.Context
	out, err io.Writer
	json     bool
	args     []string                                // as they were given
	create   func(path string) (control.File, error) // begins a file of whoever called
	input    []byte                                  // what the command was given to read, within a server
	live     *app.Running                            // the server within which the command is done, if it is
}

// usage is an error of the caller: exit code 2.
type usage struct{ error }

func misuse(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, out, stderr io.Writer) (code int) {
	return (&console{Context: ctx, out: out, err: stderr, create: create}).run(args)
}

// run does the command that the arguments say.
func (c *console) run(args []string) (code int) {
	var cmds commands
	left := -1
	parser, err := kong.New(&cmds,
		kong.Name("vedette"),
		kong.Description("Software for people who keep watch over a long line with few eyes."),
		kong.Vars{"version": version(), "glo30": glo30.DefaultBase},
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { left = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(c.err, "vedette:", err)
		return 1
	}
	parsed, err := parse(parser, args)
	if left >= 0 {
		return left // --help or --version was printed
	}
	if err == nil {
		c.json, c.args = cmds.JSON, args
		err = parsed.Run(c)
	} else {
		err = usage{fmt.Errorf("%w; see vedette --help", err)}
	}
	return report(c.err, err)
}

// parse gives kong the arguments; without any it prints the help. After kong
// has printed help or the version it goes on parsing, so its error then means
// nothing.
func parse(parser *kong.Kong, args []string) (*kong.Context, error) {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	return parser.Parse(args)
}

// report prints an error, if there is one, and gives the exit code for it.
func report(stderr io.Writer, err error) int {
	var wrong usage
	var done exited
	switch {
	case err == nil:
		return 0
	case errors.As(err, &done):
		return int(done)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "vedette: stopped")
		return 1
	}
	fmt.Fprintln(stderr, "vedette:", err)
	if errors.As(err, &wrong) {
		return 2
	}
	return 1
}

// print writes v as JSON when that was asked for, otherwise as text.
func (c *console) print(v any, text func(w io.Writer)) error {
	if !c.json {
		text(c.out)
		return nil
	}
	enc := json.NewEncoder(c.out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			version += " " + s.Value[:12]
		}
	}
	return version
}
