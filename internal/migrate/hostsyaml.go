package migrate

// HostsYAML writes hosts as a file of the plugin hosts.
func HostsYAML(hosts []Host) ([]byte, error) {
	return encode(mapNode(hostsMap(hosts)), "")
}
