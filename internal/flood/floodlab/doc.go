// Package floodlab floods a stage6 server in namespaces, as fast as it can, while
// machines that do nothing wrong boot and renew beside the flood: for tests, which ask
// whether they are served, and for bench/floods, which measures how fast.
package floodlab
