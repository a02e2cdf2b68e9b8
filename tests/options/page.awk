# The tables of mmsdfs-migrating(7) from predecessors.tsv.

function escaped(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/[_*]/, "\\\\&", text)
	return text
}

# "name = value" as one writes it: the value is shown where it is another than
# that of the example.
function option(line, example,    at, name, value)
{
	at = index(line, " = ")
	name = substr(line, 1, at - 1)
	value = substr(line, at + 3)
	if (value == "true" || index(value, example))
		return "*--" name "*"
	return "*--" name "*=" escaped(value)
}

function options(expected, example,    lines, count, i, text)
{
	count = split(expected, lines, "; ")
	if (expected == "-")
		return "is so anyway"
	if (expected !~ / = /)
		return expected
	sub(/ \+ .*/, "", example)
	for (i = 1; i <= count; i++)
		text = text (i > 1 ? ", " : "") option(lines[i], example)
	return text
}

# What becomes of it.
function answer(verdict, expected, example)
{
	if (verdict == "honoured")
		return options(expected, example)
	if (verdict == "default")
		return "is so anyway"
	if (verdict == "noted")
		return "accepted; " escaped(expected)
	if (verdict == "stops")
		return "refused: " escaped(expected)
	if (verdict == "unread")
		return "not read: " escaped(expected)
	if (verdict == "later")
		return "not built yet"
	if (verdict == "help" || verdict == "version")
		return "*--" verdict "*"
	return escaped(expected)
}

# With its example where that makes the difference.
function heading(kind, name, example, verdict, expected)
{
	if (kind != "bridge" && example ~ /^(true|false|0|1|\*)$/ \
		&& verdict != "later")
		return name "=" example
	if (verdict == "honoured" && example ~ /^[A-Z]+$/)
		return name "=" example
	return name
}

BEGIN {
	FS = "\t"
}

/^#/ {
	next
}

# The names that have come to the same.
function row_end()
{
	if (names)
		printf "|  %s\n:  %s\n", names, becomes
	names = ""
}

$1 != group {
	row_end()
	printf "%s", group ? "\n" : ""
	group = $1
	printf "# %s\n\n[[ *There*\n:[ *Here*\n", toupper(group)
	delete shown
}

{
	name = escaped(heading($2, $3, $4, $5, $6))
	if (name in shown)
		next
	shown[name]
	text = answer($5, $6, $4) ($7 == "-" ? "" : " (" escaped($7) ")")
	if (names && text != becomes)
		row_end()
	becomes = text
	names = names (names ? ", " : "") name
}

END {
	row_end()
}
