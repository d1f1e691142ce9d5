package main

import (
	"io"
	"os"
)

// reportCommands read what people, papers and forms say.
type reportCommands struct {
	Places  reportPlacesCommand  `cmd:"" help:"Find the places that texts name, and say which they are."`
	Read    reportReadCommand    `cmd:"" help:"Read articles, messages and forms: what do they say about the frontier?"`
	Watch   reportWatchCommand   `cmd:"" help:"Ask feeds again and again, and read what is new."`
	Regions reportRegionsCommand `cmd:"" help:"Turn distances and directions in texts into ground."`
	Decide  reportDecideCommand  `cmd:"" help:"Add a decision on a claim to a log, or check the log."`
}

// openInput opens a file, or standard input for -, and gives its name.
func openInput(path string) (in io.ReadCloser, name string, err error) {
	if path == "-" {
		return io.NopCloser(os.Stdin), "standard input", nil
	}
	in, err = os.Open(path)
	return in, path, err
}
