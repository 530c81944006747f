// Package migrate turns the files of other DHCPv6 servers into a configuration of
// this one, and says of each line that was not carried over what became of it.
//
// A format is added in a folder of its own below this one, whose package has a
// function Format that gives a Format; daemon lists them all in importformats.go.
// Import reads its sources, fills the Config, and tells the Report of everything
// that it does not fill in: no line may be lost without a word. What several
// formats need stands here: Config and its parts in config.go and host.go,
// options by their codes in option.go, Repair for what no server of ours would
// take, and WriteYAML in yaml.go. Formats that hold leases give Leases, those
// that can be written give Export.
package migrate
