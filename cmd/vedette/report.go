package main

// reportCommands read what people, papers and forms say.
type reportCommands struct {
	Places  reportPlacesCommand  `cmd:"" help:"Find the places that texts name, and say which they are."`
	Read    reportReadCommand    `cmd:"" help:"Read articles, messages and forms: what do they say about the frontier?"`
	Watch   reportWatchCommand   `cmd:"" help:"Ask feeds again and again, and read what is new."`
	Regions reportRegionsCommand `cmd:"" help:"Turn distances and directions in texts into ground."`
	Decide  reportDecideCommand  `cmd:"" help:"Add a decision on a claim to a log, or check the log."`
}
