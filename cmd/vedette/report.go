package main

// reportCommands read what people, papers and forms say.
type reportCommands struct {
	Places reportPlacesCommand `cmd:"" help:"Find the places that texts name, and say which they are."`
}
