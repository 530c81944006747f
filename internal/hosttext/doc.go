// Package hosttext reads hosts as people and programs write them: in YAML, in
// tables, and over the API. What is wrong has an error which says where, and what
// would be right.
package hosttext
