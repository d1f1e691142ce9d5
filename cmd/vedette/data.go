package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"vedette/internal/access"
	"vedette/internal/admin"
	"vedette/internal/backup"
	"vedette/internal/ca"
)

// dataFlag is the folder in which everything lies that lasts.
type dataFlag struct {
	Data string `help:"The data folder." default:"data" placeholder:"DIR" type:"path"`
}

// history is the file of the history.
func (d dataFlag) history() string { return filepath.Join(d.Data, backup.HistoryFile) }

// quietLog lets the stores say what is wrong, and nothing else.
func quietLog(con *console) *slog.Logger {
	return slog.New(slog.NewTextHandler(con.err, &slog.HandlerOptions{Level: slog.LevelError}))
}

// exists refuses to look into a data folder that is not there: a command that
// reads makes none.
func (d dataFlag) exists() error {
	if _, err := os.Stat(d.Data); err != nil {
		return fmt.Errorf("open the data folder: %w; give the right one with --data, or begin with vedette ca init", err)
	}
	return nil
}

// atDesk calls fn with the stores of the data folder, as the user that runs
// this: those of the server that serves it, or opened here.
func (d dataFlag) atDesk(con *console, fn func(context.Context, *admin.Desk) error) error {
	ctx := access.With(con, access.Console(operatingUser()))
	return con.within(d.Data, func() error {
		if con.live != nil {
			return fn(ctx, con.live.Desk())
		}
		desk, stop, err := admin.Open(con, d.Data, quietLog(con))
		if err != nil {
			return err
		}
		err = fn(ctx, desk)
		return errors.Join(err, stop())
	})
}

// withUsers calls fn with the users alone.
func (d dataFlag) withUsers(con *console, fn func(*access.Store) error) error {
	return con.within(d.Data, func() error {
		if con.live != nil {
			return fn(con.live.Desk().Users)
		}
		if err := d.exists(); err != nil {
			return err
		}
		opts := admin.UsersOptions(d.Data)
		opts.Log = quietLog(con)
		store, err := access.Open(opts)
		if err != nil {
			return err
		}
		return errors.Join(fn(store), store.Close())
	})
}

// withCA calls fn with the authority alone.
func (d dataFlag) withCA(con *console, fn func(*ca.Authority) error) error {
	return con.within(d.Data, func() error {
		if con.live != nil {
			return fn(con.live.Desk().CA)
		}
		if err := d.exists(); err != nil {
			return err
		}
		opts := admin.CAOptions(d.Data)
		opts.Log = quietLog(con)
		a, err := ca.Open(opts)
		if err != nil {
			return err
		}
		return errors.Join(fn(a), a.Close())
	})
}

func operatingUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// passwordFlag says where a password comes from: never from the arguments, which
// every process of the machine can read.
type passwordFlag struct {
	PasswordFile string `help:"File with the password on one line, - for standard input. Without it one is drawn and printed." placeholder:"FILE"`
}

const maxPasswordFile = 4096

// read gives the password, "" where one is to be drawn. Within a server it is
// what whoever asked has read.
func (p passwordFlag) read(con *console) (string, error) {
	if p.PasswordFile == "" {
		return "", nil
	}
	if con.live != nil {
		return string(con.input), nil
	}
	in, name, err := openInput(p.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPasswordFile+1))
	if err = errors.Join(err, in.Close()); err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line := strings.TrimRight(string(text), "\r\n")
	if line == "" || len(text) > maxPasswordFile || strings.ContainsAny(line, "\r\n") {
		return "", misuse("read the password: %s is not one line of text; write the password there and nothing else", name)
	}
	con.input = []byte(line)
	return line, nil
}

// writeNew writes files, for their owner alone; allMissing was asked before.
func (c *console) writeNew(dir string, files map[string][]byte) error {
	for name, data := range files {
		f, err := c.create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer f.Discard()
		if _, err := f.Write(data); err != nil {
			return err
		}
		if err := f.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// allMissing refuses to write where something is already, or in a folder that is
// not there, before a certificate is made for it. Whoever asked a server has
// asked this already.
func (c *console) allMissing(paths ...string) error {
	if c.live != nil {
		return nil
	}
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return misuse("%s is there already; move it away, or write elsewhere with --out", path)
		}
		if st, err := os.Stat(filepath.Dir(path)); err != nil || !st.IsDir() {
			return misuse("%s is no folder; make it, or write elsewhere", filepath.Dir(path))
		}
	}
	return nil
}
