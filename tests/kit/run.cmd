@echo off
rem Run the conformance tests and write result.txt beside this file. SPDX-License-Identifier: LGPL-2.1-or-later
rem Usage: run.cmd [--result FILE] [--limit SECONDS] [TEST...]    See README.txt.
setlocal
set kit=%~dp0.
if exist "%kit%\result.txt" del "%kit%\result.txt"
for %%a in (x86_64 i386) do if exist "%kit%\runner\%%a.exe" "%kit%\runner\%%a.exe" "%kit%" %*
if "%~1"=="" pause
endlocal
