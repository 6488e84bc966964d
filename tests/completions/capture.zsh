# Prints what zsh offers behind each line of a file, as it would at a terminal:
# the line, and what is offered, with tabs in between.
#
# zsh -f capture.zsh <script of completions> <lines> <output>

zmodload zsh/zpty || exit 69
zpty shell "zsh -f -i"
zpty -w shell "source ${(q)0:A:h}/shell.zsh ${(q)1} ${(q)2} ${(q)3}"
while zpty -r shell text; do :; done
