package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"vedette/internal/app"
	"vedette/internal/backup"
)

// backupCommand writes a data folder into one file.
type backupCommand struct {
	dataFlag
	Out string `help:"File to write." required:""`
}

// Help is what kong prints below the usage.
func (backupCommand) Help() string {
	return "Works while the server runs. The file holds the journal, users, keys, reports and packages,\n" +
		"so keep it as safe as the folder; what can be made from the journal again is left out."
}

func (cmd *backupCommand) Run(c *console) error {
	return c.within(cmd.Data, func() error {
		f, err := c.create(cmd.Out)
		if err != nil {
			return err
		}
		defer f.Discard()
		contents, err := cmd.write(c, f)
		if err != nil {
			return err
		}
		if err := f.Commit(); err != nil {
			return err
		}
		return c.contents(contents, "backed up to "+cmd.Out)
	})
}

func (cmd *backupCommand) write(c *console, w io.Writer) (backup.Contents, error) {
	if c.live != nil {
		return c.live.Backup(c, w)
	}
	return app.Backup(c, cmd.Data, version(), w)
}

// restoreCommand makes a data folder from such a file.
type restoreCommand struct {
	File   string `arg:"" help:"What vedette backup wrote." type:"existingfile"`
	Data   string `help:"Folder to make." required:"" type:"path"`
	DryRun bool   `help:"Only read the file whole, and say what it holds."`
}

func (cmd *restoreCommand) Run(c *console) error {
	if cmd.DryRun {
		contents, err := app.CheckBackup(c, cmd.File)
		if err != nil {
			return err
		}
		return c.contents(contents, "nothing restored; the backup is whole")
	}
	if err := os.MkdirAll(filepath.Dir(cmd.Data), 0o700); err != nil {
		return err
	}
	contents, err := app.Restore(c, cmd.File, cmd.Data)
	if err != nil {
		return err
	}
	return c.contents(contents, "restored to "+cmd.Data)
}

// contents prints what a backup holds.
func (c *console) contents(b backup.Contents, what string) error {
	return c.print(b, func(w io.Writer) {
		fmt.Fprintf(w, "%s: the journal and %d files, %.1f MB unpacked, of %s\n", what, b.Files, float64(b.Bytes)/1e6, b.Made.Format(time.RFC3339))
	})
}
