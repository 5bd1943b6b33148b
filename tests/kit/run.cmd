@echo off
rem Ask BITS and Delivery Optimization, and write result.txt beside this file. SPDX-License-Identifier: LGPL-2.1-or-later
rem Usage: run.cmd [all | [--result FILE] [--limit SECONDS] [--time SECONDS] [TEST...]]    See README.txt.
setlocal
set kit=%~dp0.
if not exist "%kit%\runner" (
    echo The other files of the kit are missing here: %kit%
    echo Unpack the whole zip first - right-click it, "Extract All" - and start run.cmd in the folder that this makes.
    pause
    exit /b 1
)
if exist "%kit%\result.txt" del "%kit%\result.txt"
set code=0
if "%~1"=="" goto short
set what=%*
if /i "%~1"=="all" set what=
for %%a in (x86_64 i386) do call :run %%a
exit /b %code%

:run
if not exist "%kit%\runner\%1.exe" goto :eof
"%kit%\runner\%1.exe" "%kit%" %what%
if errorlevel 1 set code=1
goto :eof

:short
echo This takes up to ten minutes. It needs no administrator, and other programs may be used meanwhile.
echo.
set arch=x86_64
if "%PROCESSOR_ARCHITECTURE%"=="x86" if not defined PROCESSOR_ARCHITEW6432 set arch=i386
"%kit%\runner\%arch%.exe" "%kit%" --time 600
if errorlevel 1 set code=1
echo.
if exist "%kit%\result.txt" (
    echo Done. Please send this one file: %kit%\result.txt
) else (
    echo Done. Please send the file that is named above.
)
pause
exit /b %code%
